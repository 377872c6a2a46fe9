using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>What can go wrong around an evaluation: MOPS4101 to MOPS4199.</summary>
public static class EvaluateErrors
{
    public static DiagnosticException DataMoved(string project)
        => new(Diagnostic.Error("MOPS4101", "The evaluation data changed while the build was running, so its answers would belong to other rows. Build again.", new SourceLocation(project)));

    public static DiagnosticException NoAdapter(string folder)
        => new(Diagnostic.Error("MOPS4102", "There is no trained model to evaluate. Run the target ModelOpsTrain first, or build the project as a whole.", new SourceLocation(folder)));

    /// <summary>Said in every build that judges, and recorded in the package; not a warning, because a person has asked for it in so many words.</summary>
    public static Diagnostic GatesOff(string project)
        => new("MOPS4105", DiagnosticSeverity.Info, "ModelOpsGates is false: no gate decides, and the package will say so.", new SourceLocation(project));

    public static Diagnostic LookedAtOften(string project, int rows, int tunes)
        => Diagnostic.Warning("MOPS5165", $"These {rows} held-out rows have now judged {tunes} tuned models of this project on this machine. The best of several looks better than it is: "
            + "hold out fresh rows, or keep some sealed for the release (EvalData with Sealed=\"true\").", new SourceLocation(project));

    public static DiagnosticException BadDocument(string path, string why)
        => Error("MOPS5103", $"The documents cannot be used: {ForeignText.Clean(why)}. Documents are UTF-8 text; passages are made of their paragraphs.", new SourceLocation(path));

    public static DiagnosticException BadExamples(string file, SourceLocation at)
        => Error("MOPS5105", $"The examples in '{file}' cannot be used; its rows have the errors above. Examples are rows as those of TrainingData.", at);

    public static DiagnosticException NothingToFitOn(string prompt, SourceLocation at)
        => Error("MOPS5190", $"How many examples '{ForeignText.Clean(prompt)}' shows is to be fitted, and the project has no validation rows. Held-out rows must not choose a prompt: add ValidationData, or give Shots one number.", at);

    public static DiagnosticException UnknownEndpoint(string name, IEnumerable<string> known, SourceLocation at)
        => Error("MOPS5106", $"The project has no ModelEndpoint and no ModelCommand '{ForeignText.Clean(name)}'.{NearMiss.Hint(name, known)} Known: {(known.Any() ? string.Join(", ", known) : "none")}.", at);

    public static DiagnosticException TwoCandidatePrompts(SourceLocation at)
        => Error("MOPS5107", "There are two CandidatePrompt items. The candidate is what will be used, so it is asked in one way; compare others as PromptBaseline.", at);

    public static DiagnosticException ExampleIsHeldOut(SourceLocation at)
        => Error("MOPS5108", "This example asks what a held-out row asks, so the prompt would tell the answer. Take examples from the training rows.", at);

    public static DiagnosticException OverBudget(string endpoints, decimal estimate, string currency, decimal budget, string project)
        => Error("MOPS5115", FormattableString.Invariant($"Asking {ForeignText.Clean(endpoints)} is estimated to cost {estimate:0.0000} {currency}, and ModelOpsBudget is {budget:0.####}. ")
            + "Nothing was sent. Set ModelOpsBudget to what this evaluation may spend, or replay it from eval.lock.", new SourceLocation(project));

    public static DiagnosticException OverLimit(string endpoints, decimal estimate, string currency, decimal limit, string project)
        => Error("MOPS3192", FormattableString.Invariant($"Asking {ForeignText.Clean(endpoints)} is estimated to cost {estimate:0.0000} {currency}, and ModelOpsMaxEvaluationCost is {limit:0.####}. ")
            + "Nothing was sent. Ask about fewer rows or fewer subjects, or raise the limit on purpose.", new SourceLocation(project));

    public static DiagnosticException TwoCurrencies(IEnumerable<string> currencies, string project)
        => Error("MOPS5119", $"The endpoints charge in {ForeignText.Clean(string.Join(" and ", currencies))}, and one ModelOpsBudget covers one currency. Nothing was sent. Give all prices in one currency.", new SourceLocation(project));

    public static DiagnosticException StaleLock(string path, string subject)
        => Error("MOPS5120", $"eval.lock does not have all answers of '{ForeignText.Clean(subject)}' that this evaluation needs: rows, prompts, decoding or the model changed after it was written. "
            + "EvalLockedMode is true, so nothing is asked. Build without it where models and keys are, and commit the new eval.lock.", new SourceLocation(path));

    public static DiagnosticException DamagedLock(string path, string why)
        => Error("MOPS5121", $"eval.lock cannot be used: {ForeignText.Clean(why)}. It is written by a build and never by hand or by a merge; delete it and build again with UseEvalLock=true.", new SourceLocation(path));

    public static DiagnosticException NoLock(string path)
        => Error("MOPS5122", "EvalLockedMode is true, and there is no eval.lock to replay. Build once with -p:UseEvalLock=true where models and keys are, and commit the file.", new SourceLocation(path));

    public static Diagnostic NoUsage(string endpoint, int answers, string project)
        => Diagnostic.Warning("MOPS5118", FormattableString.Invariant($"The endpoint '{ForeignText.Clean(endpoint)}' did not say how many tokens {answers} of its answers took, so their cost is counted as 0."), new SourceLocation(project));

    public static DiagnosticException ReleaseNotRestored(ReleaseItem release, string project)
        => Error("MOPS5130", $"GateAgainst names {release.Id} {release.Version}, and no model package of that id and version is in '{release.Folder}'. "
            + "Run 'dotnet restore', with a source that has the package, or correct id and version.", new SourceLocation(project));

    public static DiagnosticException ReleaseUnfit(ReleaseItem release, string why, string project)
        => Error("MOPS5131", $"The released package {release.Id} {release.Version} cannot be compared with: {why}.", new SourceLocation(project));

    private static DiagnosticException Error(string code, string message, SourceLocation at) => new(Diagnostic.Error(code, message, at));

    public static DiagnosticException UnreadableJudge(string judge, string whose, string said)
        => new(Diagnostic.Error("MOPS5169", $"The judge '{ForeignText.Clean(judge)}' said something else than its form asks for about {ForeignText.Clean(whose)}: {ForeignText.Clean(said, 120)} "
            + "Let its prompt end with the JSON object that it has to write; a judge that cannot be read gives no score."));

    public static DiagnosticException BadHumanLabel(string file, int line, string detail)
        => new(Diagnostic.Error("MOPS5170", $"The file of labelled answers cannot be used: {ForeignText.Clean(detail)} Expected lines such as {{\"input\":\"…\",\"reference\":\"…\",\"answer\":\"…\",\"label\":\"pass\"}}.", new SourceLocation(file, line)));

    public static Diagnostic JudgeOfTheFamily(string judge, string model, string tuned, SourceLocation at)
        => Diagnostic.Warning("MOPS5171", $"The judge '{ForeignText.Clean(judge)}' ({ForeignText.Clean(model)}) and the tuned model ({ForeignText.Clean(tuned)}) are of one family, and models judge their relatives too kindly. "
            + "Take a judge of another family, or look closely at its agreement with people.", at);

    public static DiagnosticException NoEvaluation(string path)
        => new(Diagnostic.Error("MOPS4104", "There is no eval.json to judge. Run the target ModelOpsEvaluate first, or build the project as a whole.", new SourceLocation(path)));
}
