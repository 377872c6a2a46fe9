// One request file in, events on standard output: docs/worker-protocol.md.
using System.Runtime.InteropServices;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Worker;

using var cancellation = new CancellationTokenSource();
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
if (Environment.GetEnvironmentVariable("MODELOPS_WORKER_PARENT") == "stdin")
{
    ParentWatch.Start(cancellation);
}

using var events = new EventWriter(Console.OpenStandardOutput());
try
{
    WorkerRequest request = args is [var path] ? RequestFile.Read(path) : throw new DiagnosticException(WorkerDiagnostics.BadRequest("expected one argument, the path of a request file"));
    ResultEvent result = Verb.Run(request, events, cancellation.Token);
    events.Write(result);
    return WorkerExitCode.Done;
}
catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
{
    return WorkerExitCode.Cancelled;
}
catch (Exception e) when (Failure.Of(e) is { } failure)
{
    events.Write(failure.Event);
    return failure.ExitCode;
}

void Cancel(PosixSignalContext context)
{
    context.Cancel = true;
    cancellation.Cancel();
}
