using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Advising;

/// <summary>
/// Prompt, retrieve, tune, or none of it: rules in a fixed order, of which the first that can answer does, and all say what they saw. Pure; the table with thresholds and
/// sources is <c>docs/advise.md</c>.
/// </summary>
public static class Adviser
{
    /// <summary>A rule that can give the answer.</summary>
    private delegate Decision? Rule(AdviceCase project);

    // Cheap and certain things first: what cannot be measured, what is good enough, what is looked up; then what rows allow; then what is better.
    private static readonly Rule[] s_decisions =
    [
        DecidingRules.Measure, DecidingRules.Suffices, DecidingRules.Facts, DecidingRules.NothingMeasured, DecidingRules.Rows, DecidingRules.Slices, DecidingRules.Another,
        DecidingRules.Floor, DecidingRules.Gain, DecidingRules.Savings, DecidingRules.Curve, DecidingRules.Otherwise,
    ];

    /// <param name="money">Null where no price is known.</param>
    public static Advice Decide(AdviceEvidence evidence, AdviceFacts? facts = null, AdviceThresholds? thresholds = null, TrainingEconomy? money = null)
    {
        var project = new AdviceCase(evidence, facts ?? new AdviceFacts(), thresholds ?? new AdviceThresholds(), money);
        Decision decision = s_decisions.Select(rule => rule(project)).OfType<Decision>().First();
        return new Advice(
            decision.Answer,
            decision.Answer == AdviceAnswer.FineTune && decision.Subject is { Technique: SubjectTechnique.Hybrid },
            decision.Subject?.Name,
            [new AdviceReason(decision.Rule, ReasonKind.Decides, decision.Text), .. Observations.Of(project).Where(r => r.Rule != decision.Rule)]);
    }
}

/// <summary>An answer and the rule that gave it.</summary>
internal sealed record Decision(string Rule, AdviceAnswer Answer, string Text, AdviceSubject? Subject = null);
