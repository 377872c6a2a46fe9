namespace ModelOps.Core.Evaluation;

/// <summary><c>eval.json</c>, format 3: <c>docs/formats/eval.md</c>.</summary>
public static class EvaluationJson
{
    /// <summary>The file's bytes: canonical JSON and a final newline; the same report gives the same bytes.</summary>
    public static byte[] Write(EvaluationReport report) => EvaluationWriter.Write(report);

    /// <summary>Reads and checks a file; anything wrong with it is MOPS4009.</summary>
    public static EvaluationReport Read(string path)
        => StrictJson.ReadFile(path, EvaluationReader.Read, detail => EvaluationErrors.InvalidReport(path, detail));
}
