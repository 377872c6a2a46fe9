using System.Text.Json;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Share of answers equal to the reference: the same text, ordinally, after white space is trimmed from both ends (the exact match of
/// Rajpurkar et al., 2016, without its normalisation). Where the reference is a JSON object, an answer that is an equal JSON value counts
/// as well: the order of names, white space and the spelling of a number do not matter.
/// </summary>
public sealed class ExactMatch : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(ExactMatch));

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => new RightWrongSample([.. items.Select((item, i) => IsMatch(item.Reference, run.Answers[i].Text))]);

    internal static bool IsMatch(string reference, string answer)
        => reference.AsSpan().Trim().SequenceEqual(answer.AsSpan().Trim())
            || (JsonText.TryParseObject(reference) is { } expected && JsonText.TryParseObject(answer) is { } actual
                && JsonElement.DeepEquals(expected, actual));
}
