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
    /// <param name="model">As the provider calls it.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7108</c>: no provider can do it.</exception>
    public static byte[] Of(ModelManifest manifest, ModelQuestion question, string model)
    {
        ModelPointer pointer = manifest.Pointer!;
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
        var endpoint = new EndpointOptions(manifest.Id, new Uri(pointer.Endpoint), model) { MaxTokensMember = pointer.MaxTokensMember ?? "max_tokens" };
        var messages = question.Turns(manifest).Select(turn => new PromptMessage(turn.Role, turn.Content)).ToList();
        JsonNode body = JsonNode.Parse(ChatWire.Request(endpoint, new Question("", 0, messages), decoding))!;
        body["stream"] = true;
        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        if (question.Format == AnswerFormat.JsonObject && schema is null)
        {
            body["response_format"] = new JsonObject { ["type"] = "json_object" };
        }

        return JsonSerializer.SerializeToUtf8Bytes(body, WorkerJson.Options);
    }
}
