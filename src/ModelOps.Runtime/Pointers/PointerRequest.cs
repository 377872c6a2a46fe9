using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends;
using ModelOps.Backends.Endpoints;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;

namespace ModelOps.Runtime.Pointers;

/// <summary>A question to a provider: written by the code that asked in the evaluation, with what the caller says in place of the evaluated decoding.</summary>
internal static class PointerRequest
{
    /// <exception cref="DiagnosticException"><c>MOPS3139</c>: this provider cannot be asked it.</exception>
    public static byte[] Of(ModelManifest manifest, ChatApi api, EndpointOptions endpoint, ModelQuestion question)
    {
        DecodingOptions evaluated = manifest.Decoding ?? new();
        JsonElement? schema = question.Format switch
        {
            AnswerFormat.JsonSchema => question.Schema ?? throw new ArgumentException("the format asks for a schema and the question has none", nameof(question)),
            AnswerFormat.Text => null,
            _ => evaluated.JsonSchema,
        };
        DecodingOptions decoding = evaluated with
        {
            MaxNewTokens = question.MaxTokens ?? evaluated.MaxNewTokens,
            Temperature = question.Temperature ?? evaluated.Temperature,
            TopK = question.TopK ?? evaluated.TopK,
            TopP = question.TopP ?? evaluated.TopP,
            Seed = question.Seed ?? evaluated.Seed,
            Stop = question.Stop ?? evaluated.Stop,
            JsonSchema = schema,
        };
        var messages = question.Turns(manifest).Select(turn => new PromptMessage(turn.Role, turn.Content)).ToList();
        bool anyJson = question.Format == AnswerFormat.JsonObject && schema is null;
        JsonObject body = api.Request(endpoint, new Question("", 0, messages), decoding, streamed: true);
        if (anyJson)
        {
            api.AskForJson(body);
        }

        return JsonSerializer.SerializeToUtf8Bytes(body, WorkerJson.Options);
    }
}
