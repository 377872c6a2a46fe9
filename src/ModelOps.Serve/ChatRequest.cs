using System.Text.Json;
using ModelOps.Core.Protocol;
using ModelOps.Runtime;

namespace ModelOps.Serve;

/// <summary>The body of <c>POST /v1/chat/completions</c> as far as it is understood.</summary>
/// <param name="Model">Which model is asked.</param>
/// <param name="Stream">Answer as server-sent events.</param>
/// <param name="IncludeUsage">A stream ends with an event that holds the usage.</param>
/// <param name="LogProbabilities">Report every token's log-probability.</param>
internal sealed record ChatRequest(string Model, ModelQuestion Question, bool Stream, bool IncludeUsage, bool LogProbabilities)
{
    /// <exception cref="ApiError">The body is no such request, or asks for what is not there.</exception>
    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return Read(new RequestPart(document.RootElement, ""));
        }
        catch (JsonException e)
        {
            throw new ApiError(400, $"The body is not JSON: {e.Message}", code: "invalid_json");
        }
        catch (InvalidOperationException e) when (e.Source?.StartsWith("System.Text.Json", StringComparison.Ordinal) == true)
        {
            // What the reader says of bytes that are no UTF-8 and of half a surrogate pair, once somebody asks for the text.
            throw new ApiError(400, "A string of the body is no Unicode text.", code: "invalid_json");
        }
    }

    private static ChatRequest Read(RequestPart root)
    {
        root.RequireObject();
        UnsupportedFields.Refuse(root);
        bool stream = root.Bool("stream") ?? false;
        bool usage = false;
        if (root.Object("stream_options") is { } streaming)
        {
            usage = streaming.Bool("include_usage") ?? false;
            if (!stream)
            {
                throw ApiError.Bad("stream_options", "'stream_options' is only allowed with 'stream': true.");
            }
        }

        bool log = root.Bool("logprobs") ?? false;
        int? top = root.Int("top_logprobs", 0, 20);
        if (top > 0 && !log)
        {
            throw ApiError.Bad("top_logprobs", "'top_logprobs' is only allowed with 'logprobs': true.");
        }

        string model = root.Text("model") is { Length: > 0 } name ? name : throw ApiError.Bad("model", "'model' is missing; GET /v1/models lists the models.");
        return new ChatRequest(model, ReadQuestion(root, top ?? 0), stream, usage, log);
    }

    private static ModelQuestion ReadQuestion(RequestPart root, int top)
    {
        (AnswerFormat format, JsonElement? schema) = Format(root);
        IReadOnlyList<string>? stop = Stop(root);
        if (stop is not null && format is AnswerFormat.JsonObject or AnswerFormat.JsonSchema)
        {
            throw ApiError.Unsupported("stop", "a JSON response format ends with its document");
        }

        return new ModelQuestion(ChatMessages.Read(root))
        {
            MaxTokens = root.Int("max_completion_tokens", 1, int.MaxValue) ?? root.Int("max_tokens", 1, int.MaxValue),
            Temperature = root.Number("temperature", 0, 2),
            TopP = root.Number("top_p", 0, 1) is { } p ? Math.Max(p, 1e-9) : null, // 0 keeps the likeliest token, as everywhere
            TopK = root.Int("top_k", 0, int.MaxValue),
            Seed = root.Long("seed") is { } seed ? (ulong)seed : null,
            Stop = stop,
            Format = format,
            Schema = schema,
            TopLogProbabilities = top,
        };
    }

    private static List<string>? Stop(RequestPart root)
    {
        if (root.Find("stop") is not { } stop)
        {
            return null;
        }

        List<string> texts = stop.Element.ValueKind == JsonValueKind.Array ? [.. stop.Items().Select(item => item.AsText())] : [stop.AsText()];
        return texts.Count > 16 || texts.Contains("") ? throw ApiError.Bad("stop", "'stop' holds at most 16 texts, none of them empty.") : texts.Count == 0 ? null : texts;
    }

    private static (AnswerFormat, JsonElement?) Format(RequestPart root)
    {
        if (root.Object("response_format") is not { } format)
        {
            return (AnswerFormat.AsEvaluated, null);
        }

        switch (format.Text("type"))
        {
            case "text":
                return (AnswerFormat.Text, null);
            case "json_object":
                return (AnswerFormat.JsonObject, null);
            case "json_schema":
                RequestPart named = format.Object("json_schema") ?? throw ApiError.Bad("response_format.json_schema", "'response_format.json_schema' is missing.");
                RequestPart schema = named.Object("schema") ?? throw ApiError.Bad("response_format.json_schema.schema", "'response_format.json_schema.schema' is missing.");
                return schema.Element.GetRawText().Length <= 1 << 16 ? (AnswerFormat.JsonSchema, schema.Element.Clone())
                    : throw ApiError.Bad("response_format.json_schema.schema", "The schema is longer than 65536 characters.");
            default:
                throw ApiError.Bad("response_format.type", "'response_format.type' is one of text, json_object and json_schema.");
        }
    }
}
