using System.Diagnostics;
using System.Text;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker;

/// <summary>Events as JSON Lines; progress is thinned out to a few lines a second.</summary>
internal sealed class EventWriter(Stream output) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private readonly StreamWriter _writer = new(output, new UTF8Encoding(false)) { NewLine = "\n" };
    private long _lastProgress;

    public void Write(WorkerEvent workerEvent)
    {
        _writer.WriteLine(workerEvent.ToLine());
        _writer.Flush();
    }

    public void Progress(ProgressEvent progress)
    {
        bool last = progress.Step >= progress.Steps;
        if (last || _lastProgress == 0 || Stopwatch.GetElapsedTime(_lastProgress) >= s_interval)
        {
            _lastProgress = Stopwatch.GetTimestamp();
            Write(progress);
        }
    }

    public void Warn(string message) => Write(new LogEvent { Level = "warning", Message = message });

    public void Dispose() => _writer.Dispose();
}
