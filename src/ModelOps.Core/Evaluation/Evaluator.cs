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

    public BootstrapOptions Bootstrap { get; init; } = new();
}

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
        };
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
        if (input.Items.Count == 0)
        {
            throw EvaluationErrors.NoRows();
        }

        var ids = new HashSet<string>(StringComparer.Ordinal);
        if (input.Items.FirstOrDefault(i => !ids.Add(i.Id)) is { } repeated)
        {
            throw new ArgumentException($"Row {repeated.Id} is there twice; EvaluationItem.FromRows takes each row once.", nameof(input));
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (SubjectRun run in input.Subjects)
        {
            if (!names.Add(run.Name))
            {
                throw EvaluationErrors.DuplicateSubject(run.Name);
            }

            foreach (IReadOnlyList<SubjectAnswer> answers in run.FurtherRepeats.Prepend(run.Answers))
            {
                if (answers.Count < input.Items.Count)
                {
                    throw EvaluationErrors.MissingAnswer(run.Name, answers.Count, input.Items[answers.Count].Id, null);
                }

                if (answers.Count > input.Items.Count)
                {
                    throw new ArgumentException($"'{run.Name}' has {answers.Count} answers for {input.Items.Count} rows.", nameof(input));
                }
            }
        }

        if (input.Subjects.Count(s => s.Kind == SubjectKind.Candidate) != 1 || input.Subjects.Count(s => s.Kind == SubjectKind.Released) > 1)
        {
            throw new ArgumentException("An evaluation has exactly one candidate, and one release at most.", nameof(input));
        }
    }
}
