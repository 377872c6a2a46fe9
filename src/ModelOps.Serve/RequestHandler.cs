using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Serve;

/// <summary>Every request: who may ask, what is asked, and how a failure is told.</summary>
/// <param name="loopback">Only this machine can reach the server.</param>
/// <param name="log">For what nobody expected; never a text of question or answer.</param>
internal sealed class RequestHandler(ServedModels models, RequestGate gate, ApiKey? key, bool loopback, Action<string> log)
{
    private const string Models = "/v1/models", Chat = "/v1/chat/completions";
    private readonly ChatEndpoint _chat = new(models, gate);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            try
            {
                Admit(context.Request);
                await DispatchAsync(context).ConfigureAwait(false);
            }
            catch (BadHttpRequestException e)
            {
                throw new ApiError(e.StatusCode, e.StatusCode == 413 ? "The request is larger than the server takes." : "The request could not be read.", code: "bad_request");
            }
            catch (Exception e) when (e is not (ApiError or OperationCanceledException or IOException))
            {
                log($"modelops: request failed: {e.GetType().FullName}: {ForeignText.Clean(e.Message, 400)}");
                throw new ApiError(500, "The server failed on this request; its log says more.", code: "internal_error");
            }
        }
        catch (ApiError error)
        {
            await SendAsync(context, error).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            context.Abort(); // the client has gone
        }
    }

    private static async Task SendAsync(HttpContext context, ApiError error)
    {
        try
        {
            await JsonResponse.WriteAsync(context, error).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            context.Abort();
        }
    }

    private void Admit(HttpRequest request)
    {
        // A page of another site whose name was made to resolve to this machine shows that name.
        if (loopback && !IsLoopbackName(request.Host.Host))
        {
            throw new ApiError(403, $"This server answers to localhost, not to '{ForeignText.Clean(request.Host.Host, 100)}'.", code: "wrong_host");
        }

        if (key?.Opens(request.Headers.Authorization) == false)
        {
            throw new ApiError(401, "The API key is missing or wrong: send 'Authorization: Bearer …'.", code: "invalid_api_key");
        }
    }

    private static bool IsLoopbackName(string host)
        => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private async Task DispatchAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (path == Chat)
        {
            Require(context.Request, HttpMethods.Post);
            await _chat.AnswerAsync(context, await BodyAsync(context.Request).ConfigureAwait(false)).ConfigureAwait(false);
        }
        else if (path == Models || path.StartsWith(Models + "/", StringComparison.Ordinal) || path == "/health")
        {
            Require(context.Request, HttpMethods.Get);
            byte[] json = path == Models ? ModelsJson.List(models) : path == "/health" ? "{\"status\":\"ok\"}"u8.ToArray() : ModelsJson.One(models, path[(Models.Length + 1)..]);
            await JsonResponse.WriteAsync(context, 200, json).ConfigureAwait(false);
        }
        else
        {
            throw new ApiError(404, $"There is nothing at this path; POST {Chat} and GET {Models} are here.", code: "unknown_url");
        }
    }

    private static void Require(HttpRequest request, string method)
    {
        if (request.Method != method)
        {
            throw new ApiError(405, $"Use {method} here.", code: "method_not_allowed") { Allow = method };
        }
    }

    /// <summary>Of JSON only: a page of another site can send nothing of that kind without asking first, and is never told that it may.</summary>
    private static async Task<ReadOnlyMemory<byte>> BodyAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            throw new ApiError(415, "Send a body of the content type application/json.", code: "unsupported_media_type");
        }

        var body = new ArrayBufferWriter<byte>((int)Math.Clamp(request.ContentLength ?? 4096, 256, 1 << 20));
        while (await request.Body.ReadAsync(body.GetMemory(4096), request.HttpContext.RequestAborted).ConfigureAwait(false) is var read && read > 0)
        {
            body.Advance(read);
        }

        return body.WrittenMemory;
    }
}
