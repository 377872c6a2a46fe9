using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Training;

/// <summary>What can go wrong before there is a key: MOPS3012.</summary>
public static class FingerprintStageErrors
{
    public static DiagnosticException NoDataset(string path)
        => new(Diagnostic.Error("MOPS3012", "There is no dataset.json, so there is nothing to fingerprint. Run the target ModelOpsValidate first, or build the project as a whole.", new SourceLocation(path)));
}
