using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using ModelOps.Core.Diagnostics;
using ModelOps.Engine.Generation;
using ModelOps.Runtime;

namespace ModelOps.Serve;

/// <summary><c>POST /v1/chat/completions</c>: one answer, whole or as a stream. A client that goes away takes its question along.</summary>
internal sealed class ChatEndpoint(ServedModels models, RequestGate gate)
{
    public async Task AnswerAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        ChatRequest request = ChatRequest.Read(body);
        ServedModel model = models.Find(request.Model)
            ?? throw new ApiError(404, $"There is no model '{ForeignText.Clean(request.Model, 100)}'; GET /v1/models lists the models.", "model", "model_not_found");
        using RequestGate.Place place = gate.Enter();
        var json = new ChatJson(model, request);
        if (request.Stream)
        {
            await StreamAsync(context, model.Model, request, json).ConfigureAwait(false);
            return;
        }

        ModelAnswer answer = await AskAsync(model.Model, request.Question, null, context.RequestAborted).ConfigureAwait(false);
        await JsonResponse.WriteAsync(context, 200, json.Completion(answer)).ConfigureAwait(false);
    }

    private static async Task StreamAsync(HttpContext context, PackagedModel model, ChatRequest request, ChatJson json)
    {
        var steps = Channel.CreateUnbounded<GenerationStep>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        Task<ModelAnswer> answering = AskInto(steps.Writer);
        try
        {
            // Nothing is sent before the first token: until then a refusal has its own status.
            if (!await steps.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                await answering.ConfigureAwait(false);
            }

            var events = new EventStream(context);
            await events.WriteAsync(json.Role()).ConfigureAwait(false);
            await foreach (GenerationStep step in steps.Reader.ReadAllAsync(context.RequestAborted).ConfigureAwait(false))
            {
                if (json.Piece(step) is { } piece)
                {
                    await events.WriteAsync(piece, flush: !steps.Reader.TryPeek(out _)).ConfigureAwait(false);
                }
            }

            await EndAsync(events, await answering.ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            await ((Task)answering).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<ModelAnswer> AskInto(ChannelWriter<GenerationStep> writer)
        {
            try
            {
                return await AskAsync(model, request.Question, step => writer.TryWrite(step), context.RequestAborted).ConfigureAwait(false);
            }
            finally
            {
                writer.Complete();
            }
        }

        async Task EndAsync(EventStream events, ModelAnswer answer)
        {
            await events.WriteAsync(json.End(answer), flush: false).ConfigureAwait(false);
            if (request.IncludeUsage)
            {
                await events.WriteAsync(json.Usage(answer), flush: false).ConfigureAwait(false);
            }

            await events.WriteAsync("[DONE]"u8.ToArray()).ConfigureAwait(false);
        }
    }

    private static async Task<ModelAnswer> AskAsync(PackagedModel model, ModelQuestion question, Action<GenerationStep>? onStep, CancellationToken cancellation)
    {
        try
        {
            return await model.AnswerAsync(question, onStep, cancellation).ConfigureAwait(false);
        }
        catch (DiagnosticException e)
        {
            throw new ApiError(400, e.Diagnostic.Message, code: e.Diagnostic.Code);
        }
        catch (ObjectDisposedException)
        {
            throw new ApiError(503, "The server is being stopped.", code: "shutting_down") { RetryAfter = 5 };
        }
    }
}
