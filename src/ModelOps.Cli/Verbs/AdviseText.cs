using ModelOps.Core.Advising;

namespace ModelOps.Cli.Verbs;

/// <summary>Advice for people and for programs.</summary>
internal static class AdviseText
{
    private static readonly (ReasonKind Kind, string Word)[] s_words =
        [(ReasonKind.Decides, "because"), (ReasonKind.For, "for"), (ReasonKind.Against, "against"), (ReasonKind.Note, "besides"), (ReasonKind.NotMeasured, "not measured")];

    /// <summary>The answer, what decides, what speaks for tuning and against it, and what nobody measured.</summary>
    public static IEnumerable<string> Lines(string project, Advice advice)
    {
        yield return $"{project}: {Answer(advice)}";
        foreach ((ReasonKind kind, string word) in s_words)
        {
            foreach ((int index, AdviceReason reason) in advice.Reasons.Where(r => r.Kind == kind).Index())
            {
                yield return $"  {(index == 0 ? word : ""),-13} {reason.Rule,-11} {reason.Text}";
            }
        }
    }

    public static string Answer(Advice advice)
        => advice.Answer.Words() + (advice.WithRetrieval ? ", with retrieval" : "") + (advice.Subject is { } subject ? $" (as {Core.Diagnostics.ForeignText.Clean(subject, 60)})" : "");

    public static object Json(string project, Advice advice, AdviceEvidence evidence, AdviceFacts facts, TrainingEconomy? money, string? evaluation) => new
    {
        verb = "advise",
        project,
        answer = advice.Answer.Words(),
        withRetrieval = advice.WithRetrieval,
        subject = advice.Subject,
        reasons = advice.Reasons.Select(r => new { rule = r.Rule, kind = char.ToLowerInvariant(r.Kind.ToString()[0]) + r.Kind.ToString()[1..], text = r.Text }),
        evaluationKey = evaluation,
        evidence = Evidence(evidence),
        facts = new { facts.MustCite, facts.LatencyLimit, facts.RequestsPerMonth, facts.OwnWeights, knowledge = facts.Knowledge?.ToString().ToLowerInvariant() },
        money = money is null ? null : Money(money),
    };

    private static object Evidence(AdviceEvidence evidence) => new
    {
        evidence.TrainingRows,
        evidence.HeldOutRows,
        metric = evidence.Metric.ToString(),
        subjects = evidence.Subjects.Select(s => new
        {
            s.Name,
            kind = s.Kind.ToString().ToLowerInvariant(),
            technique = char.ToLowerInvariant(s.Technique.ToString()[0]) + s.Technique.ToString()[1..],
            s.Value,
            s.PromptTokens,
            s.CompletionTokens,
            s.Milliseconds,
        }),
        evidence.Novelty,
        evidence.BaseLoss,
        forgetting = evidence.Forgetting is { } f ? new { f.Loss, f.Interval.Lower, f.Interval.Upper, f.Rows } : null,
        changes = evidence.Changes,
        curve = evidence.Curve?.Points.Select(p => new { p.Rows, value = p.Sample.Value() }),
        forecast = evidence.Curve is { } curve ? Forecast(curve.At(curve.Last.Rows * 2)) : null,
    };

    private static object Forecast(CurveForecast forecast) => new { forecast.Rows, forecast.Value, forecast.Interval.Lower, forecast.Interval.Upper };

    private static object Money(TrainingEconomy money) => new
    {
        money.Currency,
        money.Training,
        money.TrainingTokens,
        money.TokensAreExact,
        money.Evaluation,
        money.Iterations,
        money.DataHours,
        money.Once,
        money.Monthly,
        money.TunedThousand,
        money.UntunedThousand,
        money.BreakEvenRequests,
        paybackMonths = money.PaybackMonths is { } months && double.IsFinite(months) ? months : (double?)null,
    };
}
