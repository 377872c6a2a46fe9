using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Worker.Verbs;

namespace ModelOps.Worker;

/// <summary>One request from its file to its last event: <c>docs/worker-protocol.md</c>.</summary>
internal static class Worker
{
    /// <summary>Returns the process's exit code. A failure that nobody foresaw is rethrown: it is a bug, and crashes.</summary>
    /// <param name="compute">Called once a verb needs to run a model.</param>
    public static int Run(string[] arguments, Stream output, Func<EventWriter, IComputation> compute)
    {
        using var events = new EventWriter(output);
        using var cancellation = new WorkerCancellation();
        IComputation? computation = null;
        try
        {
            var request = Read(arguments);
            if (!Directory.Exists(request.Model))
                throw new DiagnosticException(WorkerErrors.BadModel(new SourceLocation(request.Model), "there is no such folder"));
            events.Write(Dispatch(request, () => computation = compute(events), events, cancellation.Token));
            return WorkerExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            return WorkerExitCode.Cancelled;
        }
        catch (Exception e) when ((Failure.Of(e) ?? computation?.FailureOf(e)) is { } failure)
        {
            var at = failure.Diagnostic.Location;
            events.Write(new ErrorEvent
            {
                Code = failure.Diagnostic.Code,
                Message = failure.Diagnostic.Message,
                File = at?.File,
                Line = at is { Line: > 0 } ? at.Value.Line : null,
                Column = at is { Column: > 0 } ? at.Value.Column : null,
            });
            return failure.ExitCode;
        }
        finally
        {
            computation?.Dispose();
        }
    }

    private static WorkerRequest Read(string[] arguments)
    {
        if (arguments.Length != 1)
            throw new DiagnosticException(WorkerErrors.BadRequest($"{arguments.Length} arguments were given; expected one, the path of a request file"));
        try
        {
            var request = WorkerRequest.Read(arguments[0]);
            return request.Protocol == WorkerRequest.CurrentProtocol
                ? request
                : throw new DiagnosticException(WorkerErrors.BadRequest(
                    $"the request speaks protocol {request.Protocol}, this worker speaks {WorkerRequest.CurrentProtocol}", arguments[0]));
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            int line = e is JsonException { LineNumber: { } zeroBased } ? (int)zeroBased + 1 : 0;
            throw new DiagnosticException(WorkerErrors.BadRequest(e.Message, arguments[0], line), e);
        }
    }

    private static ResultEvent Dispatch(WorkerRequest request, Func<IComputation> compute, EventWriter events, CancellationToken cancellation) => request switch
    {
        TrainRequest train => TrainVerb.Run(train, compute(), events, cancellation),
        GenerateRequest generate => GenerateVerb.Run(generate, compute(), events, cancellation),
        ScoreRequest score => ScoreVerb.Run(score, compute(), events, cancellation),
        InspectRequest inspect => InspectVerb.Run(inspect, events, cancellation),
        TokenizeRequest tokenize => TokenizeVerb.Run(tokenize, cancellation),
        RenderRequest render => RenderVerb.Run(render, cancellation),
        MergeRequest merge => MergeVerb.Run(merge, cancellation),
        MeasureRequest measure => MeasureVerb.Run(measure, events, cancellation),
        MaskRequest mask => MaskVerb.Run(mask, cancellation),
        _ => throw new InvalidOperationException($"{request.GetType().Name} has no verb"),
    };
}
