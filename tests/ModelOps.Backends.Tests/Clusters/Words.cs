using ModelOps.Backends.Clusters;

namespace ModelOps.Backends.Tests.Clusters;

/// <summary>Keeps what a command has said since its last start.</summary>
internal sealed class Words : IRunOutput
{
    public List<string> Lines { get; } = [];

    public List<string> Errors { get; } = [];

    public int Starts { get; private set; }

    public void Begin()
    {
        Starts++;
        Lines.Clear();
        Errors.Clear();
    }

    public void Output(string line) => Lines.Add(line);

    public void Error(string line) => Errors.Add(line);
}

/// <summary>Keeps messages.</summary>
internal sealed class MessageLog : IStageLog
{
    public List<string> Lines { get; } = [];

    public void Report(Diagnostic diagnostic) => Lines.Add(diagnostic.ToString());

    public void Message(string text, bool important = false) => Lines.Add(text);

    public void Progress(StageProgress progress)
    {
    }
}
