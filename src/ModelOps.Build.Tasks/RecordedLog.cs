using ModelOps.Core.Diagnostics;

namespace ModelOps.Build.Tasks;

/// <summary>Passes everything on and keeps what has a code; stages report from several threads.</summary>
internal sealed class RecordedLog(IStageLog inner, List<Diagnostic> kept) : IStageLog
{
    public void Report(Diagnostic diagnostic)
    {
        Record(diagnostic);
        inner.Report(diagnostic);
    }

    public void Record(Diagnostic diagnostic)
    {
        lock (kept)
        {
            kept.Add(diagnostic);
        }
    }

    public void Message(string text, bool important = false) => inner.Message(text, important);

    public void Progress(StageProgress progress) => inner.Progress(progress);
}
