using System.Text;
using System.Text.RegularExpressions;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Share of answers equal to the reference after SQuAD's normalisation (Rajpurkar et al., 2016, arXiv:1606.05250): lower case, ASCII punctuation
/// removed, the words a, an and the removed, white space collapsed.
/// </summary>
public sealed partial class NormalizedMatch : IMetric
{
    public MetricSpec Spec { get; } = new(nameof(NormalizedMatch));

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => new RightWrongSample([.. items.Select((item, i) => Normalize(item.Reference) == Normalize(run.Answers[i].Text))]);

    internal static string Normalize(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char c in text.ToLowerInvariant())
        {
            if (!char.IsAscii(c) || !(char.IsPunctuation(c) || char.IsSymbol(c)))
            {
                plain.Append(c);
            }
        }

        return string.Join(' ', Article().Replace(plain.ToString(), " ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [GeneratedRegex(@"\b(a|an|the)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Article();
}
