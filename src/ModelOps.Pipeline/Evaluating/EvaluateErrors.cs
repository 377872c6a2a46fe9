using ModelOps.Core.Diagnostics;

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
        => Diagnostic.Warning("MOPS5165", $"These {rows} held-out rows have now judged {tunes} tuned models on this machine. The best of several looks better than it is: "
            + "hold out fresh rows, or keep some sealed for the release (EvalData with Sealed=\"true\").", new SourceLocation(project));

    public static DiagnosticException NoEvaluation(string path)
        => new(Diagnostic.Error("MOPS4104", "There is no eval.json to judge. Run the target ModelOpsEvaluate first, or build the project as a whole.", new SourceLocation(path)));
}
