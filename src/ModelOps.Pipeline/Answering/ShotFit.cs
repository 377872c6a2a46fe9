using System.Globalization;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Answering;

/// <summary>How many examples a subject's prompt shows, fitted on validation rows: the held-out rows see the choice, and have no part in it.</summary>
/// <param name="Choice">What is tried and compared.</param>
/// <param name="Rows">The validation rows.</param>
/// <param name="Asked">The subject with so many examples, asked about these rows.</param>
/// <param name="HeldOut">The held-out rows.</param>
internal sealed record ShotFit(
    ShotChoice Choice, IReadOnlyList<EvaluationItem> Rows, IReadOnlyList<EvaluationItem> HeldOut, Func<int, IReadOnlyList<EvaluationItem>, Subject> Asked)
{
    /// <summary>The subject with each count, on the validation rows.</summary>
    public IReadOnlyList<Subject> Choices { get; } = [.. Choice.Counts.Select(count => Named(Asked(count, Rows), count))];

    private static Subject Named(Subject subject, int count) => subject with { Name = string.Create(CultureInfo.InvariantCulture, $"{subject.Name}, {count} shots") };

    /// <summary>What was found; null before.</summary>
    public FittedShots? Found { get; private init; }

    /// <summary>The subject with the best count, on the held-out rows; null while an answer is missing.</summary>
    /// <param name="answers">Those of a choice to these rows; null while one is missing.</param>
    public Subject? Choose(Func<Subject, IReadOnlyList<EvaluationItem>, IReadOnlyList<AnswerLine>?> answers)
    {
        IMetric metric = MetricRegistry.Resolve(Choice.Metric);
        var tried = new List<(int Shots, double Value)>();
        foreach ((int count, Subject subject) in Choice.Counts.Zip(Choices))
        {
            if (answers(subject, Rows) is not { } given)
            {
                return null;
            }

            tried.Add((count, metric.ScoreAll(Rows, subject.RunOf(Rows, given)).Value()));
        }

        FittedShots found = FittedShots.Of(metric, Rows.Count, tried);
        return Asked(found.Shots, HeldOut) with { Fit = this with { Found = found } };
    }
}
