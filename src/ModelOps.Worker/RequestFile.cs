using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker;

internal static class RequestFile
{
    /// <exception cref="DiagnosticException"><c>MOPS3050</c>: the file is no request of this protocol.</exception>
    public static WorkerRequest Read(string path)
    {
        try
        {
            WorkerRequest request = WorkerRequest.Read(path);
            return request.Protocol == WorkerRequest.CurrentProtocol ? request
                : throw new DiagnosticException(WorkerDiagnostics.BadRequest($"protocol {request.Protocol} is not {WorkerRequest.CurrentProtocol}", path));
        }
        catch (JsonException e)
        {
            throw new DiagnosticException(WorkerDiagnostics.BadRequest(ForeignText.Clean(e.Message, 400), path, (int)(e.LineNumber ?? -1) + 1, (int)(e.BytePositionInLine ?? -1) + 1), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DiagnosticException(WorkerDiagnostics.BadRequest(ForeignText.Clean(e.Message, 400), path), e);
        }
    }
}
