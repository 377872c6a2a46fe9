using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Tests;

/// <summary>Keeps what a stage said.</summary>
internal sealed class TestLog : IStageLog
{
    public List<Diagnostic> Diagnostics { get; } = [];

    public List<string> Messages { get; } = [];

    public List<StageProgress> Steps { get; } = [];

    public IEnumerable<string> Codes => Diagnostics.Select(d => d.Code);

    public void Report(Diagnostic diagnostic) => Diagnostics.Add(diagnostic);

    public void Message(string text, bool important = false) => Messages.Add(text);

    public void Progress(StageProgress progress) => Steps.Add(progress);
}
