using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>What can go wrong around an evaluation: MOPS4101 to MOPS4199.</summary>
public static class EvaluateErrors
{
    public static DiagnosticException DataMoved(string project)
        => new(Diagnostic.Error("MOPS4101", "The evaluation data changed while the build was running, so its answers would belong to other rows. Build again.", new SourceLocation(project)));

    public static DiagnosticException NoAdapter(string folder)
        => new(Diagnostic.Error("MOPS4102", "There is no trained model to evaluate. Run the target ModelOpsTrain first, or build the project as a whole.", new SourceLocation(folder)));

    public static Diagnostic RegressionNotJudged(string project)
        => Diagnostic.Warning("MOPS4103", "RegressionData was checked, but no gate judges it yet: this version evaluates EvalData only.", new SourceLocation(project));

    /// <summary>Said in every build that judges, and recorded in the package; not a warning, because a person has asked for it in so many words.</summary>
    public static Diagnostic GatesOff(string project)
        => new("MOPS4105", DiagnosticSeverity.Info, "ModelOpsGates is false: no gate decides, and the package will say so.", new SourceLocation(project));

    public static DiagnosticException NoEvaluation(string path)
        => new(Diagnostic.Error("MOPS4104", "There is no eval.json to judge. Run the target ModelOpsEvaluate first, or build the project as a whole.", new SourceLocation(path)));
}
