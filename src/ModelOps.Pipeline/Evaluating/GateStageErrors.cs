using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>What the Gate stage says besides the gates themselves.</summary>
public static class GateStageErrors
{
    /// <summary>Said in the build, and recorded in the package; not a warning, because a person has asked for it in so many words.</summary>
    public static Diagnostic GatesOff(string project)
        => new("MOPS4105", DiagnosticSeverity.Info, "ModelOpsGates is false: no gate decides, and the package will say so.", new SourceLocation(project));
}
