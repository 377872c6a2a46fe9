using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Gating;

/// <summary>One gate before the judge: which rows count, whom the candidate is compared with, and how each bound came out.</summary>
internal sealed class GateCase(EvaluationReport report, GateDefinition gate, BootstrapOptions bootstrap)
{
    private readonly IMetric _metric = MetricRegistry.Resolve(gate.Metric, gate.Location);
    private readonly BootstrapOptions _bootstrap = bootstrap with { Confidence = gate.Confidence };

    public IEnumerable<GateResult> Decide()
    {
        if (gate.Metric.Name == MetricRegistry.Judge && report.Judges.FirstOrDefault(j => j.Judge == gate.Metric.Field) is not { IsShown: true })
        {
            throw GateErrors.JudgeNotTrusted(gate, report.Judges.FirstOrDefault(j => j.Judge == gate.Metric.Field));
        }

        foreach (IGrouping<bool, (BoundKind Kind, double Bound)> bounds in gate.Bounds.GroupBy(b => b.Kind == BoundKind.MaximumForgetting))
        {
            Sides sides = bounds.Key ? Forgetting() : HeldOut();
            foreach ((BoundKind kind, double bound) in bounds)
            {
                yield return Decide(kind == BoundKind.MaximumRegression ? Against(report.Released!) : Both(sides, kind), kind, bound);
            }
        }
    }

    /// <summary>On how many rows each is better; of right and wrong: is right alone. With repeats a row's score is a mean, and the counts are those of a sign test.</summary>
    public static PairedCounts Count(MetricSample first, MetricSample second)
    {
        int onlyFirst = 0;
        int onlySecond = 0;
        for (int i = 0; i < first.Count; i++)
        {
            onlyFirst += first.RowScores[i] > second.RowScores[i] ? 1 : 0;
            onlySecond += second.RowScores[i] > first.RowScores[i] ? 1 : 0;
        }

        return new PairedCounts(onlyFirst, onlySecond, first.Count);
    }

    private Sides HeldOut() => RowsOf(report.Candidate) is { } known
        ? Taken(known, _metric.ScoreAll(report.Items, report.Candidate.Run), null)
        : new(report.Items, _metric.ScoreAll(report.Items, report.Candidate.Run), BestBaseline());

    private Sides Against(SubjectReport other)
        => Common(other) is { } common ? Taken(common, _metric.ScoreAll(report.Items, report.Candidate.Run), Score(other))
            : new(report.Items, _metric.ScoreAll(report.Items, report.Candidate.Run), Score(other));

    /// <summary>A gain is a difference on rows that both know; of several baselines the one that leaves the candidate the least is the bar.</summary>
    private Sides Both(Sides sides, BoundKind kind)
    {
        if (kind != BoundKind.MinimumGain || RowsOf(report.Candidate) is null)
        {
            return sides;
        }

        Sides[] pairs = [.. report.Baselines.Where(b => Common(b) is { Count: > 0 }).Select(Against)];
        return pairs.Length > 0 ? pairs.MinBy(p => p.Candidate.Value() - p.Other!.Sample.Value())! : throw Reviewing.ReviewErrors.NoRatings(gate.Metric, "every baseline on a row that is rated for the candidate");
    }

    private IReadOnlyList<int>? RowsOf(SubjectReport subject) => _metric.RowsOf(report.Items, subject.Run);

    private IReadOnlyList<int>? Common(SubjectReport other) => RowsOf(report.Candidate) is { } mine ? [.. mine.Intersect(RowsOf(other) ?? mine)] : null;

    private Sides Taken(IReadOnlyList<int> rows, MetricSample candidate, Opponent? other)
        => new([.. rows.Select(row => report.Items[row])], candidate.Take(rows), other is null ? null : other with { Sample = other.Sample.Take(rows) });

    private Sides Forgetting()
    {
        RegressionReport regression = report.Regression!;
        return new Sides(regression.Items, _metric.ScoreAll(regression.Items, regression.Candidate.Run),
            new Opponent(regression.Base.Name, _metric.ScoreAll(regression.Items, regression.Base.Run)));
    }

    private GateResult Decide(Sides sides, BoundKind kind, double bound)
    {
        var test = new GateTest(gate, _metric, _bootstrap);
        if (gate.Slice is null)
        {
            return test.Decide(sides.Candidate, sides.Other, kind, bound);
        }

        IReadOnlyList<string> slices = EvaluationReport.SlicesOf(sides.Items);
        bool every = gate.Slice == GateDefinition.EverySlice;
        if (slices.Count == 0 || (!every && !slices.Contains(gate.Slice)))
        {
            throw GateErrors.NoSlice(gate, slices);
        }

        // All slices must pass, so the worst one decides: failed before inconclusive, then the one furthest below its bound.
        GateResult[] results = [.. (every ? slices : [gate.Slice]).Select(slice => OfSlice(test, sides, slice, kind, bound))];
        GateResult worst = results.MinBy(r => (r.Outcome switch { GateOutcome.Failed => 0, GateOutcome.Inconclusive => 1, _ => 2 }, Badness(r)))!;
        return every ? worst with { WorstOf = slices.Count } : worst;
    }

    private static double Badness(GateResult result) => result.Kind == BoundKind.Maximum ? -result.Interval.Upper : result.Interval.Lower;

    private static GateResult OfSlice(GateTest test, Sides sides, string slice, BoundKind kind, double bound)
    {
        IReadOnlyList<int> rows = EvaluationReport.RowsOf(sides.Items, slice);
        Opponent? other = sides.Other is { } opponent ? opponent with { Sample = opponent.Sample.Take(rows) } : null;
        return test.Decide(sides.Candidate.Take(rows), other, kind, bound) with { Slice = slice };
    }

    private Opponent Score(SubjectReport subject) => new(subject.Name, _metric.ScoreAll(report.Items, subject.Run));

    /// <summary>The baseline with the best value of the metric on the same rows; the first one wins a tie.</summary>
    private Opponent? BestBaseline()
    {
        bool required = gate.MinimumGain is not null;
        Opponent? best = null;
        foreach (SubjectReport baseline in report.Baselines.Where(b => required || _metric.AppliesTo(b.Run)))
        {
            if (baseline.Run.Asked is not null && MetricRegistry.IsOfLikelihood(gate.Metric.Name) && !_metric.AppliesTo(baseline.Run))
            {
                throw GateErrors.NoLikelihood(gate, baseline.Name);
            }

            Opponent other = Score(baseline);
            best = best is null || _metric.Scale.IsBetter(other.Sample.Value(), best.Sample.Value()) ? other : best;
        }

        return best;
    }

    /// <param name="Other">Whom the candidate is compared with; null where there is nobody.</param>
    private sealed record Sides(IReadOnlyList<EvaluationItem> Items, MetricSample Candidate, Opponent? Other);
}

/// <summary>Another subject on the same rows.</summary>
internal sealed record Opponent(string Name, MetricSample Sample);
