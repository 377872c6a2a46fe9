using System.Globalization;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Advising;

/// <summary>A project before the rules: who may be used at all, and who is the best of each way.</summary>
internal sealed class AdviceCase
{
    private readonly MetricScale _scale;

    public AdviceCase(AdviceEvidence evidence, AdviceFacts facts, AdviceThresholds thresholds, TrainingEconomy? money)
    {
        (Evidence, Facts, Thresholds, Money) = (evidence, facts, thresholds, money);
        _scale = MetricRegistry.Resolve(evidence.Metric).Scale;
    }

    public AdviceEvidence Evidence { get; }

    public AdviceFacts Facts { get; }

    public AdviceThresholds Thresholds { get; }

    public TrainingEconomy? Money { get; }

    /// <summary>What tuning must gain.</summary>
    public double Bar => Evidence.AskedGain ?? Thresholds.MinimumGain;

    public bool IsEvaluated => Evidence.Subjects.Any(s => s.IsTuned);

    private IEnumerable<AdviceSubject> Baselines => Evidence.Subjects.Where(s => s.Kind == SubjectKind.Baseline);

    public IEnumerable<AdviceSubject> Prompts => Baselines.Where(s => s.Asked is null && !s.UsesPassages);

    public IEnumerable<AdviceSubject> Retrievals => Baselines.Where(s => s.Asked is null && s.UsesPassages);

    public IEnumerable<AdviceSubject> Others => Baselines.Where(s => s.Asked is not null);

    public IEnumerable<AdviceSubject> Tuned => Evidence.Subjects.Where(s => s.IsTuned);

    public IEnumerable<AdviceSubject> Floors => Evidence.Subjects.Where(s => s.Kind == SubjectKind.Floor);

    public AdviceSubject? BestTuned => Best(Tuned.Where(MayBeUsed));

    /// <summary>The best that needs no tuning and may be used.</summary>
    public AdviceSubject? BestUntuned => Best(Baselines.Where(MayBeUsed));

    /// <summary>The first of equals; null of none.</summary>
    public AdviceSubject? Best(IEnumerable<AdviceSubject> subjects)
        => subjects.Aggregate((AdviceSubject?)null, (best, s) => best is null || _scale.IsBetter(s.Value, best.Value) ? s : best);

    public Difference Compare(AdviceSubject first, AdviceSubject second) => Difference.Of(first.Sample, second.Sample, _scale);

    /// <summary>The gain that is asked for, and no chance.</summary>
    public bool IsGain(Difference difference) => difference.Value >= Bar && difference.IsShown;

    public bool Meets(AdviceSubject subject, AdviceTarget target)
        => ValueAt(subject, target.Slice) is { } value && (value == target.Minimum || _scale.IsBetter(value, target.Minimum));

    /// <summary>The project asks for values, and the subject has them all.</summary>
    public bool MeetsAll(AdviceSubject subject) => Evidence.Targets.Count > 0 && Evidence.Targets.All(t => Meets(subject, t));

    public static double? ValueAt(AdviceSubject subject, string? slice)
        => slice is null ? subject.Value : subject.Slices.TryGetValue(slice, out MetricSample? sample) ? sample.Value() : null;

    public bool MayBeUsed(AdviceSubject subject) => Refusal(subject) is null;

    /// <summary>Why a subject may not be used, however good it is; null when it may.</summary>
    public string? Refusal(AdviceSubject subject)
        => Facts.LatencyLimit is { } limit && subject.Milliseconds is { } time && time > limit ? Text($"{Name(subject)} answers in {time:0} ms at the 95th percentile, and the limit is {limit:0} ms")
            : Facts.MustCite == true && !subject.UsesPassages ? $"{Name(subject)} has no passages that it could cite"
            : Facts.OwnWeights == true && subject.Asked is not null ? $"the weights of {Name(subject)} are somebody else's"
            : subject.IsTuned && !subject.UsesPassages && AgesTooFast ? $"{Name(subject)} knows the rows of the day it was tuned"
            : subject.IsTuned && Unlearns ? Text($"tuning unlearned {Evidence.Forgetting!.Loss:0.00} on {Evidence.Forgetting.Rows} rows of regression data")
            : null;

    public bool AgesTooFast => Evidence.Changes is { } changes && changes.Days >= Thresholds.LeastHistoryDays && changes.ReplacedPerMonth >= Thresholds.ReplacedPerMonth;

    public bool Unlearns => Evidence.Forgetting is { } loss && loss.Loss > Thresholds.Forgetting && loss.Interval.Lower > 0;

    public static string Name(AdviceSubject subject) => $"'{ForeignText.Clean(subject.Name, 60)}'";

    /// <summary>Numbers as everybody writes them.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public static string Figure(Difference difference) => Text($"{difference.Value:+0.000;-0.000;0.000} [{difference.Interval.Lower:0.000}, {difference.Interval.Upper:0.000}]");
}
