using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Git;

/// <summary>Rows of a dataset file that lies in no folder.</summary>
internal static class RowText
{
    /// <summary>The rows; empty when the file is none that a build would take.</summary>
    public static IReadOnlyList<Row> Read(byte[] content)
    {
        string path = Path.Combine(Path.GetTempPath(), $"modelops-{Guid.NewGuid():n}.jsonl");
        try
        {
            File.WriteAllBytes(path, content);
            return DatasetReader.Read([path], DatasetKind.Training, Silence.Log, CancellationToken.None)?.Rows ?? [];
        }
        finally
        {
            File.Delete(path);
        }
    }
}

/// <summary>For reading what only explains: nobody wants to hear of a row that was wrong years ago.</summary>
internal sealed class Silence : IStageLog
{
    public static Silence Log { get; } = new();

    public void Report(Diagnostic diagnostic)
    {
    }

    public void Message(string text, bool important = false)
    {
    }

    public void Progress(StageProgress progress)
    {
    }
}
