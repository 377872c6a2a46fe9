using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation;

/// <summary>What an evaluation is computed from.</summary>
public sealed record EvaluationInput
{
    /// <summary>Everything that can change the report: rows, adapter, base model, prompts, decoding, metrics, and <see cref="BootstrapOptions.AddTo"/>.</summary>
    public required KeyFields Fields { get; init; }

    public required IReadOnlyList<EvaluationItem> Items { get; init; }

    /// <summary>Exactly one candidate, any number of baselines and floors; names unique.</summary>
    public required IReadOnlyList<SubjectRun> Subjects { get; init; }

    /// <summary>Usually <see cref="MetricRegistry.Select"/>.</summary>
    public required IReadOnlyList<MetricSpec> Metrics { get; init; }

    /// <summary>What is asked of candidate and base model besides; null for nothing.</summary>
    public RegressionInput? Regression { get; init; }

    /// <summary>What was found about the judges whose scores the runs bring along.</summary>
    public IReadOnlyList<JudgeAgreement> Judges { get; init; } = [];

    public BootstrapOptions Bootstrap { get; init; } = new();
}

/// <summary>Answers to regression data.</summary>
/// <param name="Base">The model that was tuned, before it was.</param>
public sealed record RegressionInput(IReadOnlyList<EvaluationItem> Items, SubjectRun Candidate, SubjectRun Base, IReadOnlyList<MetricSpec> Metrics);

/// <summary>Scores answers. Pure: the same input gives the same report on every machine.</summary>
public static class Evaluator
{
    /// <summary>Part of every evaluation key. Raised when equal answers would get other numbers, so that no report of the old ones is served.</summary>
    public const int Version = 2;

    public static EvaluationReport Evaluate(EvaluationInput input)
    {
        Check(input);
        IReadOnlyList<IMetric> metrics = [.. input.Metrics.Select(spec => MetricRegistry.Resolve(spec))];
        return new EvaluationReport
        {
            Fields = input.Fields,
            Confidence = input.Bootstrap.Confidence,
            Items = input.Items,
            Subjects = new Scoring(input.Items, metrics, input.Bootstrap).Of([.. input.Subjects.OrderBy(s => s.Kind)]),
            Judges = input.Judges,
            Regression = input.Regression is { } regression ? Of(regression, input.Bootstrap) : null,
        };
    }

    private static RegressionReport Of(RegressionInput input, BootstrapOptions bootstrap)
    {
        CheckRows(input.Items);
        CheckAnswers(input.Items, input.Candidate);
        CheckAnswers(input.Items, input.Base);
        var scoring = new Scoring(input.Items, [.. input.Metrics.Select(spec => MetricRegistry.Resolve(spec))], bootstrap);
        IReadOnlyList<SubjectReport> subjects = scoring.Of([input.Candidate, input.Base]);
        return new RegressionReport(input.Items, subjects[0], subjects[1]);
    }

    /// <summary>Wilson's interval for right and wrong, the bootstrap for everything else; samples of the same rows share their resamples.</summary>
    internal static Interval[] IntervalsOf(IReadOnlyList<(IMetric Metric, MetricSample Sample)> samples, BootstrapOptions options)
    {
        Interval[] resampled = Bootstrap.Bca([.. samples.Where(s => s.Sample is not RightWrongSample).Select(s => (s.Sample.Statistic, s.Metric.Scale.Range))], options);
        int next = 0;
        return [.. samples.Select(s => s.Sample is RightWrongSample right ? Wilson.Of(right.RightCount, right.Count, options.Confidence) : resampled[next++])];
    }

    private static void Check(EvaluationInput input)
    {
        CheckRows(input.Items);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (SubjectRun run in input.Subjects)
        {
            if (!names.Add(run.Name))
            {
                throw EvaluationErrors.DuplicateSubject(run.Name);
            }

            CheckAnswers(input.Items, run);
        }

        if (input.Subjects.Count(s => s.Kind == SubjectKind.Candidate) != 1 || input.Subjects.Count(s => s.Kind == SubjectKind.Released) > 1)
        {
            throw new ArgumentException("An evaluation has exactly one candidate, and one release at most.", nameof(input));
        }
    }

    private static void CheckRows(IReadOnlyList<EvaluationItem> items)
    {
        if (items.Count == 0)
        {
            throw EvaluationErrors.NoRows();
        }

        var ids = new HashSet<string>(StringComparer.Ordinal);
        if (items.FirstOrDefault(i => !ids.Add(i.Id)) is { } repeated)
        {
            throw new ArgumentException($"Row {repeated.Id} is there twice; EvaluationItem.FromRows takes each row once.", nameof(items));
        }
    }

    private static void CheckAnswers(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        foreach (IReadOnlyList<SubjectAnswer> answers in run.FurtherRepeats.Prepend(run.Answers))
        {
            if (answers.Count < items.Count)
            {
                throw EvaluationErrors.MissingAnswer(run.Name, answers.Count, items[answers.Count].Id, null);
            }

            if (answers.Count > items.Count)
            {
                throw new ArgumentException($"'{run.Name}' has {answers.Count} answers for {items.Count} rows.", nameof(run));
            }
        }
    }
}
