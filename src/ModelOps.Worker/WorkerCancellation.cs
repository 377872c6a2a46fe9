using System.Runtime.InteropServices;

namespace ModelOps.Worker;

/// <summary>Asks the work to stop when SIGTERM or SIGINT arrives, or when the parent that promised to hold standard input open closes it.</summary>
internal sealed class WorkerCancellation : IDisposable
{
    private const string ParentVariable = "MODELOPS_WORKER_PARENT";
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;

    public WorkerCancellation()
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop), PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop)];
        if (Environment.GetEnvironmentVariable(ParentVariable) == "stdin")
            new Thread(WaitForParent) { IsBackground = true, Name = "parent" }.Start();
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _source.Cancel();
    }

    private void WaitForParent()
    {
        using var input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[256];
        while (input.Read(ignored) > 0)
        {
        }

        _source.Cancel();
    }
}
