using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Training;

/// <summary>What can go wrong around training: MOPS3010 to MOPS3049. The worker's own diagnoses carry their own codes.</summary>
public static class TrainErrors
{
    public static Diagnostic NoFingerprint(string path)
        => Diagnostic.Error("MOPS3010", "There is no fingerprint, so it is not known what to train. Run the target ModelOpsFingerprint first, or build the project as a whole.", new SourceLocation(path));

    public static DiagnosticException Incomplete(string folder, string file)
        => new(Diagnostic.Error("MOPS3011", $"The trainer said it was done, but its output has no {file}, so nothing of it was kept. A trainer must write {file} into '{folder}'."));
}
