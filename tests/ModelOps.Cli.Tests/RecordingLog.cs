using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Tests;

/// <summary>Keeps what a stage reports.</summary>
internal sealed class RecordingLog : IStageLog
{
    public List<Diagnostic> Diagnostics { get; } = [];

    public void Report(Diagnostic diagnostic) => Diagnostics.Add(diagnostic);

    public void Message(string text, bool important = false)
    {
    }

    public void Progress(StageProgress progress)
    {
    }
}
