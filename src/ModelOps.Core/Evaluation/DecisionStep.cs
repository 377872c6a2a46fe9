using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Evaluation;

/// <summary>One step of the way from a prompt to a tuned model: the best subject of one technique on the primary metric, and what it costs to ask.</summary>
/// <param name="PromptTokens">Mean per answer.</param>
/// <param name="CompletionTokens">Mean per answer.</param>
/// <param name="Price">For a thousand requests; null where nothing is charged.</param>
/// <param name="Over">The step before; null for the first one.</param>
public sealed record DecisionStep(
    string Subject, SubjectTechnique Technique, double Value, double PromptTokens, double CompletionTokens, double? Price, string? Currency, DecisionStep? Over)
{
    private const double Thousand = 1000;

    /// <summary>What the step adds to the metric; null for the first one.</summary>
    public double? Gain => Value - Over?.Value;

    /// <summary>Gain for each thousand prompt tokens that the step takes more than the one before; null where it takes no more.</summary>
    public double? GainPerThousandPromptTokens => PerUnit((PromptTokens - Over?.PromptTokens) / Thousand);

    /// <summary>Gain for each unit of currency that a thousand requests cost more; null where they cost no more, or in another currency.</summary>
    public double? GainPerPrice => Over?.Currency is null || Over.Currency == Currency ? PerUnit((Price ?? 0) - (Over is null ? null : Over.Price ?? 0)) : null;

    /// <summary>Gain for each unit of what is spent in addition; null where nothing is.</summary>
    public double? PerUnit(double? more) => more > 0 ? Gain / more : null;

    /// <summary>The steps of the project's own model in the order of techniques, then those of every endpoint and command, each way beginning anew.</summary>
    public static IReadOnlyList<DecisionStep> Of(EvaluationReport report)
    {
        var steps = new List<DecisionStep>();
        IEnumerable<SubjectReport> asked = report.Subjects.Where(s => s.Run.Kind is SubjectKind.Candidate or SubjectKind.Variant or SubjectKind.Baseline && s.Find(MetricSpec.Primary) is not null);
        foreach (IGrouping<string, SubjectReport> way in asked.GroupBy(s => s.Run.Asked ?? "").OrderBy(w => w.Key, StringComparer.Ordinal))
        {
            DecisionStep? before = null;
            foreach (IGrouping<SubjectTechnique, SubjectReport> technique in way.GroupBy(s => s.Run.Technique).OrderBy(t => t.Key))
            {
                // The first of equals, as the best baseline is.
                SubjectReport best = technique.Aggregate((a, b) => ValueOf(b) > ValueOf(a) ? b : a);
                steps.Add(before = Step(best, before));
            }
        }

        return steps;
    }

    private static DecisionStep Step(SubjectReport subject, DecisionStep? before)
    {
        SubjectAnswer[] answers = [.. subject.Run.FurtherRepeats.Prepend(subject.Run.Answers).SelectMany(a => a)];
        double prompt = answers.Average(a => (double)a.PromptTokens), completion = answers.Average(a => (double)a.CompletionTokens);
        TokenPrice? price = subject.Run.Price;
        return new DecisionStep(subject.Name, subject.Run.Technique, ValueOf(subject), prompt, completion, price?.Of(prompt * Thousand, completion * Thousand), price?.Currency, before);
    }

    private static double ValueOf(SubjectReport subject) => subject.Find(MetricSpec.Primary)!.Value;
}
