using System.Text;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker;

/// <summary>Writes events as lines of JSON, each one at once.</summary>
internal sealed class EventWriter(Stream output) : IDisposable
{
    private readonly StreamWriter _writer = new(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n", AutoFlush = true };
    private readonly Lock _lock = new();

    public void Write(WorkerEvent happened)
    {
        lock (_lock)
            _writer.WriteLine(happened.ToLine());
    }

    public void Info(string message) => Write(new LogEvent { Level = "info", Message = message });

    public void Warning(string message) => Write(new LogEvent { Level = "warning", Message = message });

    public void Dispose() => _writer.Dispose();
}
