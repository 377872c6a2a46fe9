using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Advising;

/// <summary>How rows changed in git's history.</summary>
/// <param name="ReplacedPerMonth">Share of the rows that were changed or taken out in thirty days, on average; rows that only came in do not count.</param>
/// <param name="Days">Days of history that were looked at.</param>
public sealed record RowChanges(double ReplacedPerMonth, double Days);

/// <summary>What tuning unlearned: the base model minus the tuned one on regression data.</summary>
public sealed record Forgetting(double Loss, Evaluation.Statistics.Interval Interval, int Rows);

/// <summary>What is known of a project. Null and empty mean: not measured.</summary>
public sealed record AdviceEvidence
{
    public required int TrainingRows { get; init; }

    /// <summary>Null where nothing was evaluated.</summary>
    public int? HeldOutRows { get; init; }

    /// <summary>The metric that decides: of the first gate that asks for a gain, else of the first gate, else the share of right answers.</summary>
    public MetricSpec Metric { get; init; } = MetricSpec.Primary;

    /// <summary>The values that the project's gates ask for on <see cref="Metric"/>.</summary>
    public IReadOnlyList<AdviceTarget> Targets { get; init; } = [];

    /// <summary>The gain that the project's gates ask for on <see cref="Metric"/>; null where none does, or where any gain will do.</summary>
    public double? AskedGain { get; init; }

    /// <summary>All who answered the held-out rows, on the same rows in the same order.</summary>
    public IReadOnlyList<AdviceSubject> Subjects { get; init; } = [];

    /// <summary>Of the judge whose score decides.</summary>
    public JudgeAgreement? Agreement { get; init; }

    /// <summary>Training rows of each slice that a gate names.</summary>
    public IReadOnlyDictionary<string, int> SliceRows { get; init; } = new Dictionary<string, int>();

    /// <summary>Share of the words of held-out answers that stand neither in their question nor in the usual training answer: what only somebody who knows can say.</summary>
    public double? Novelty { get; init; }

    /// <summary>The untuned model's loss on the first training step, in nats a token.</summary>
    public double? BaseLoss { get; init; }

    public Forgetting? Forgetting { get; init; }

    public RowChanges? Changes { get; init; }

    /// <summary>Scores of models that were tuned on nested shares of the rows, the whole last.</summary>
    public LearningCurve? Curve { get; init; }

    /// <summary>The project has <c>Documents</c>.</summary>
    public bool HasDocuments { get; init; }

    /// <summary>Everybody on a metric, the floors included; who has no scores of that metric is left out.</summary>
    /// <param name="milliseconds">95th percentiles by subject.</param>
    public static IReadOnlyList<AdviceSubject> SubjectsOf(EvaluationReport report, MetricSpec spec, IReadOnlyDictionary<string, double> milliseconds)
    {
        IMetric metric = MetricRegistry.Resolve(spec);
        return [.. report.Subjects.Where(s => s.Run.Kind != SubjectKind.Released && metric.AppliesTo(s.Run) && metric.RowsOf(report.Items, s.Run) is null).Select(Of)];

        AdviceSubject Of(SubjectReport subject)
        {
            MetricSample sample = metric.ScoreAll(report.Items, subject.Run);
            return new AdviceSubject(subject.Name, subject.Run.Kind, subject.Run.Technique, sample)
            {
                Asked = subject.Run.Asked,
                PromptTokens = subject.Run.Answers.Average(a => (double)a.PromptTokens),
                CompletionTokens = subject.Run.Answers.Average(a => (double)a.CompletionTokens),
                Milliseconds = milliseconds.TryGetValue(subject.Name, out double time) ? time : null,
                Price = subject.Run.Price,
                Slices = report.Slices.ToDictionary(s => s, s => sample.Take(EvaluationReport.RowsOf(report.Items, s)), StringComparer.Ordinal),
            };
        }
    }

    /// <summary>What a report says of regression data on a metric; null where it has none.</summary>
    public static Forgetting? ForgettingOf(EvaluationReport report)
    {
        if (report.Regression is not { } regression)
        {
            return null;
        }

        IMetric metric = MetricRegistry.Resolve(MetricSpec.Primary);
        Difference loss = Difference.Of(metric.ScoreAll(regression.Items, regression.Base.Run), metric.ScoreAll(regression.Items, regression.Candidate.Run), metric.Scale);
        return new Forgetting(loss.Value, loss.Interval, regression.Items.Count);
    }
}
