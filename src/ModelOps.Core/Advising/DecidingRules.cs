using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Advising.AdviceCase;

namespace ModelOps.Core.Advising;

/// <summary>The rules that can give the answer, in their order; null: nothing follows from this one.</summary>
internal static class DecidingRules
{
    public const string NoSubjects = "nothing answered held-out rows yet";

    /// <summary>A judge who does not agree with people measures nothing.</summary>
    public static Decision? Measure(AdviceCase project) => project.Evidence.Agreement is not { IsShown: false } agreement ? null : new Decision(
        "measure", AdviceAnswer.DoNot,
        Text($"judge '{ForeignText.Clean(agreement.Judge, 60)}' and people agree with kappa {agreement.Kappa.Value:0.00} [{agreement.Kappa.Interval.Lower:0.00}, {agreement.Kappa.Interval.Upper:0.00}], and {agreement.Minimum:0.00} is asked for: ")
        + "no gain could be shown. Agree on what a good answer is, label answers, and ask again");

    /// <summary>A prompt reaches what the project asks for, and tuning is not shown to be better by the bar.</summary>
    public static Decision? Suffices(AdviceCase project)
        => project.Best(project.Prompts.Where(p => project.MayBeUsed(p) && project.MeetsAll(p))) is not { } prompt
            || (project.BestTuned is { } tuned && project.IsGain(project.Compare(tuned, prompt))) || SavingsPay(project) ? null
            : new Decision("suffices", AdviceAnswer.Prompt, Text($"prompt {Name(prompt)} has {prompt.Value:0.000}, and the project asks for {project.Evidence.Targets[0].Minimum:0.000}; {Beside(project, prompt)}"), prompt);

    /// <summary>The gap is knowledge: passages close it.</summary>
    public static Decision? Facts(AdviceCase project)
    {
        AdviceSubject? retrieval = project.Best(project.Retrievals.Where(project.MayBeUsed));
        if (retrieval is null)
        {
            return project.Facts.Knowledge != AnswerKnowledge.Facts ? null
                : new Decision("facts", AdviceAnswer.Retrieve, "the project says that its answers are facts, and facts are looked up, not learned. Measure it: Documents items and a PromptBaseline with Passages");
        }

        if (project.Facts.Knowledge == AnswerKnowledge.Facts)
        {
            return new Decision("facts", AdviceAnswer.Retrieve, Text($"the project says that its answers are facts; passages in the prompt ({Name(retrieval)}) have {retrieval.Value:0.000}"), retrieval);
        }

        AdviceSubject? prompt = project.Best(project.Prompts), tuned = project.Best(project.Tuned);
        double closed = ClosedGap(project, prompt, retrieval, tuned);
        bool enough = closed >= project.Thresholds.GapClosed || project.MeetsAll(retrieval);
        bool beaten = project.BestTuned is { } best && project.IsGain(project.Compare(best, retrieval));
        return closed <= 0 || !enough || beaten ? null : new Decision(
            "facts", AdviceAnswer.Retrieve,
            Text($"passages in the prompt ({Name(retrieval)}) have {retrieval.Value:0.000}")
                + (prompt is null ? "" : Text($", without them {Name(prompt)} has {prompt.Value:0.000}")) + (tuned is null ? "" : Text($" and the best tuned model {Name(tuned)} {tuned.Value:0.000}"))
                + ": what is missing is knowledge, and it can be looked up",
            retrieval);
    }

    /// <summary>Without an evaluation only the number of rows is known.</summary>
    public static Decision? NothingMeasured(AdviceCase project)
        => project.IsEvaluated ? null
            : project.Evidence.TrainingRows < project.Thresholds.LittleRows
                ? new Decision("rows", AdviceAnswer.CollectDataFirst, Text($"{project.Evidence.TrainingRows} training rows, and {NoSubjects}: fewer than {project.Thresholds.LittleRows} rows teach little. Write prompts meanwhile, and build: they are the bar"))
                : new Decision("measured", AdviceAnswer.Prompt, $"{NoSubjects}: a prompt is the cheapest step and the bar for all others. 'dotnet modelops advise --run' measures it");

    /// <summary>Too few rows to learn from or to tell by, and nothing is shown.</summary>
    public static Decision? Rows(AdviceCase project)
    {
        (int rows, int heldOut) = (project.Evidence.TrainingRows, project.Evidence.HeldOutRows ?? 0);
        bool few = rows < project.Thresholds.LittleRows, blind = heldOut < project.Thresholds.LittleHeldOutRows;
        if ((!few && !blind) || (project.BestTuned is { } tuned && project.BestUntuned is { } other && project.IsGain(project.Compare(tuned, other))))
        {
            return null;
        }

        return new Decision("rows", AdviceAnswer.CollectDataFirst, Text($"{rows} training rows and {heldOut} held-out rows, where {project.Thresholds.LittleRows} teach something and {project.Thresholds.LittleHeldOutRows} tell a difference from chance; no gain is shown"));
    }

    /// <summary>A slice that the project asks for is missed by everybody and hardly in the rows.</summary>
    public static Decision? Slices(AdviceCase project)
    {
        foreach (AdviceTarget target in project.Evidence.Targets.Where(t => t.Slice is not null))
        {
            int rows = project.Evidence.SliceRows.GetValueOrDefault(target.Slice!, 0);
            AdviceSubject[] usable = [.. project.Evidence.Subjects.Where(s => ValueAt(s, target.Slice) is not null && project.MayBeUsed(s))];
            if (rows < project.Thresholds.LittleRows && usable.Length > 0 && !usable.Any(s => project.Meets(s, target)))
            {
                double best = usable.Max(s => ValueAt(s, target.Slice)!.Value);
                int heldOut = usable[0].Slices[target.Slice!].Count;
                return new Decision("slices", AdviceAnswer.CollectDataFirst, Text($"slice '{ForeignText.Clean(target.Slice!, 60)}' must reach {target.Minimum:0.000} and nobody does (best {best:0.000}); {rows} training rows of it teach little, and {heldOut} held-out ones prove little"));
            }
        }

        return null;
    }

    /// <summary>Somebody else's model under a prompt is shown to be better.</summary>
    public static Decision? Another(AdviceCase project)
    {
        if (project.Best(project.Others.Where(project.MayBeUsed)) is not { } other || project.Best([.. Own(project)]) is not { } own)
        {
            return null;
        }

        Difference difference = project.Compare(other, own);
        return !difference.IsShown || (!own.IsTuned && !project.IsGain(difference)) ? null
            : new Decision("another", AdviceAnswer.UseAnotherModel, Text($"{Name(other)} has {other.Value:0.000} under a prompt, {Figure(difference)} better than {Name(own)}, the best of this model that may be used"), other);
    }

    /// <summary>What needs no model is as good.</summary>
    public static Decision? Floor(AdviceCase project)
    {
        if (project.Best(project.Floors) is not { } floor || project.Best(project.Evidence.Subjects.Where(s => s.Kind != Evaluation.SubjectKind.Floor && project.MayBeUsed(s))) is not { } best)
        {
            return null;
        }

        return project.Compare(best, floor).IsShown ? null
            : new Decision("floor", AdviceAnswer.DoNot, Text($"{Name(floor)} needs no model and has {floor.Value:0.000}; {Name(best)} with {best.Value:0.000} is not shown to be better"), floor);
    }

    /// <summary>Tuning gains what is asked for.</summary>
    public static Decision? Gain(AdviceCase project)
    {
        if (project.BestTuned is not { } tuned)
        {
            return null;
        }

        AdviceSubject? other = project.BestUntuned ?? project.Best(project.Floors);
        Difference? gain = other is null ? null : project.Compare(tuned, other);
        if (gain is not { } shown || !project.IsGain(shown))
        {
            return null;
        }

        string said = Text($"{Name(tuned)} has {tuned.Value:0.000}, {Figure(shown)} better than {Name(other!)}, where {project.Bar:0.000} is asked for");
        return Suspicion(project, tuned) is { } suspicion ? new Decision("facts", AdviceAnswer.Retrieve, $"{said}; but {suspicion}") : new Decision("gain", AdviceAnswer.FineTune, said, tuned);
    }

    /// <summary>The tuned model is as good and pays for itself.</summary>
    public static Decision? Savings(AdviceCase project) => !SavingsPay(project) || project.BestTuned is not { } tuned || Suspicion(project, tuned) is not null ? null : new Decision(
        "money", AdviceAnswer.FineTune,
        Text($"{Name(tuned)} is as good as what needs no tuning, and a thousand requests cost {project.Money!.SavingThousand:0.####} {project.Money.Currency} less: paid back in {project.Money.PaybackMonths:0.0} months"), tuned);

    /// <summary>More rows would make the difference.</summary>
    public static Decision? Curve(AdviceCase project)
    {
        if (project.Evidence.Curve is not { } curve || project.BestUntuned is not { } other || project.BestTuned is null)
        {
            return null;
        }

        CurveForecast forecast = curve.At(curve.Last.Rows * project.Thresholds.MoreRows);
        return forecast.Value - other.Value < project.Bar ? null
            : new Decision("curve", AdviceAnswer.CollectDataFirst, Text($"tuning gains too little with {curve.Last.Rows} rows, but {forecast.Rows:0} may reach {forecast.Value:0.000} [{forecast.Interval.Lower:0.000}, {forecast.Interval.Upper:0.000}], where {other.Value + project.Bar:0.000} is asked for"));
    }

    /// <summary>The best that may be used and needs no tuning; nothing where all of them miss what is asked for by far.</summary>
    public static Decision Otherwise(AdviceCase project)
    {
        if (project.BestUntuned is not { } best)
        {
            return project.AgesTooFast || project.Facts.MustCite == true
                ? new Decision("facts", AdviceAnswer.Retrieve, "nothing that was measured may be used: answers must be looked up. Measure it: Documents items and a PromptBaseline with Passages")
                : new Decision("otherwise", AdviceAnswer.DoNot, "nothing that was measured may be used as the project is meant to be");
        }

        string gain = project.BestTuned is { } tuned ? $"the tuned model gains {Figure(project.Compare(tuned, best))}" : "no tuned model may be used";
        bool hopeless = project.Evidence.Targets.FirstOrDefault(t => t.Slice is null) is { } target && !project.Meets(best, target) && target.Minimum - best.Value >= project.Bar;
        return hopeless
            ? new Decision("otherwise", AdviceAnswer.DoNot, Text($"{Name(best)} is the best that may be used and has {best.Value:0.000}; {gain}: nothing comes near what is asked for"), best)
            : new Decision("gain", best.Asked is not null ? AdviceAnswer.UseAnotherModel : best.UsesPassages ? AdviceAnswer.Retrieve : AdviceAnswer.Prompt, Text($"{Name(best)} has {best.Value:0.000}, and {gain}, where {project.Bar:0.000} is asked for"), best);
    }

    /// <summary>Share of the way from the prompt to the best tuned model that passages go; 0 where they are not shown to help.</summary>
    internal static double ClosedGap(AdviceCase project, AdviceSubject? prompt, AdviceSubject retrieval, AdviceSubject? tuned)
    {
        if (prompt is null)
        {
            return 1;
        }

        Difference helped = project.Compare(retrieval, prompt);
        double gap = tuned is null ? helped.Value : project.Compare(tuned, prompt).Value;
        return !helped.IsShown ? 0 : gap <= helped.Value ? 1 : helped.Value / gap;
    }

    /// <summary>Answers look like facts and nobody tried to look them up: then nobody knows that tuning is needed.</summary>
    private static string? Suspicion(AdviceCase project, AdviceSubject tuned)
        => tuned.UsesPassages || project.Retrievals.Any() || project.Facts.Knowledge is AnswerKnowledge.Behaviour or AnswerKnowledge.Both ? null
            : project.Evidence.Novelty is { } novelty && novelty >= project.Thresholds.Novelty
                ? Text($"{novelty:P0} of the answers' words stand neither in the question nor in the usual answer, so they may be facts, and no passages were tried. Measure it: Documents items and a PromptBaseline with Passages; or say \"knowledge\": \"behaviour\" in advise.json")
                : null;

    private static bool SavingsPay(AdviceCase project)
        => project.Money?.PaybackMonths <= project.Thresholds.PaybackMonths && project.BestTuned is { } tuned && (project.MeetsAll(tuned) || project.Evidence.Targets.Count == 0)
            && project.BestUntuned is { } other && project.Compare(tuned, other).Interval.Upper >= 0;

    private static string Beside(AdviceCase project, AdviceSubject prompt)
        => project.BestTuned is { } tuned ? $"tuning adds {Figure(project.Compare(tuned, prompt))}, where {Text($"{project.Bar:0.000}")} would pay" : "no tuned model may be used";

    private static IEnumerable<AdviceSubject> Own(AdviceCase project)
        => project.Prompts.Concat(project.Retrievals).Concat(project.Tuned).Where(project.MayBeUsed);
}
