using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests;

/// <summary>Keeps what was reported, in order.</summary>
internal sealed class RecordingLog : IStageLog
{
    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public IEnumerable<string> Codes => _diagnostics.Select(d => d.Code);

    public void Report(Diagnostic diagnostic)
    {
        lock (_diagnostics)
        {
            _diagnostics.Add(diagnostic);
        }
    }

    public void Message(string text, bool important = false)
    {
    }

    public void Progress(StageProgress progress)
    {
    }
}
