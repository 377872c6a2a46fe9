using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Credentials;
using ModelOps.Backends.Trainers.Vertex;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Endpoints;

/// <summary>
/// <c>generateContent</c> of Vertex AI. A tuned model is asked at its endpoint (<c>projects/…/endpoints/…</c>), any other by its name among Google's.
/// What it has no member for is refused (<c>MOPS3139</c>), never sent as something else.
/// </summary>
internal sealed class GeminiChat : ChatApi
{
    internal override Uri Address(EndpointOptions endpoint, Func<string, string?> environment, bool streamed)
    {
        if (endpoint.Model.Contains("..", StringComparison.Ordinal) || !endpoint.Model.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '@'))
        {
            throw GoogleErrors.NotAsked(endpoint.Name, $"'{endpoint.Model}' is no name of a model or endpoint", "Expected a model's name, or projects/…/locations/…/endpoints/….");
        }

        string model = endpoint.Model.Contains('/', StringComparison.Ordinal) ? endpoint.Model
            : $"{VertexPlace.Of(endpoint.Url, environment, endpoint.ApiKeyVariable).Parent}/publishers/google/models/{endpoint.Model}";
        var address = new UriBuilder(endpoint.Url);
        address.Path = $"{address.Path.TrimEnd('/')}/{model}:{(streamed ? "streamGenerateContent" : "generateContent")}";
        address.Query = streamed ? "alt=sse" : "";
        return address.Uri;
    }

    internal override ICredential Credential(EndpointOptions endpoint, string value, EndpointClock clock)
    {
        // A redirect would take the permission to another server.
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromMinutes(1), MaxResponseContentBufferSize = 1 << 20 };
        return new ServiceAccount(ServiceAccountKey.Read(value, endpoint.ApiKeyVariable ?? ""), client, clock);
    }

    internal override JsonObject Request(EndpointOptions endpoint, Question question, DecodingOptions decoding, bool streamed)
    {
        if (decoding.RepetitionPenalty != 1)
        {
            throw GoogleErrors.NotAsked(endpoint.Name, "it has no repetition penalty", "Set RepetitionPenalty to 1.");
        }

        (string Role, string Content)[] messages = [.. question.Messages.Select(m => (m.Role, m.Content))];
        if (GeminiContents.Problem([.. messages.Select(m => m.Role)]) is { } problem)
        {
            throw GoogleErrors.NotAsked(endpoint.Name, problem, "Change the prompt or the row.");
        }

        JsonObject body = GeminiContents.Of(messages);
        body["generationConfig"] = Generation(decoding, question.Repeat);
        return body;
    }

    internal override void AskForJson(JsonObject request) => request["generationConfig"]!["responseMimeType"] = "application/json";

    internal override ChatReply Reply(ReadOnlyMemory<byte> body) => Read(body, static root =>
    {
        JsonElement? usage = ChatWire.Member(root, "usageMetadata");
        if (Candidate(root) is not { } candidate)
        {
            // What its filters stop is an answer too: an empty one.
            return IsStopped(root) ? new ChatReply("", "stop", Asked(usage) ?? 0, 0, usage is not null) : throw new JsonException("it has no 'candidates'");
        }

        return new ChatReply(TextOf(candidate) ?? "", FinishOf(candidate) ?? "stop", Asked(usage) ?? 0, Said(usage) ?? 0, usage is not null);
    });

    internal override ChatPiece Piece(ReadOnlyMemory<byte> data) => Read(data, static root =>
    {
        if (ChatWire.Member(root, "error") is { } error)
        {
            throw new JsonException(ChatWire.Text(error, "message") ?? "the server reports an error");
        }

        JsonElement? usage = ChatWire.Member(root, "usageMetadata"), candidate = Candidate(root);
        string? finish = candidate is { } first ? FinishOf(first) : IsStopped(root) ? "stop" : null;
        return new ChatPiece(candidate is { } c ? TextOf(c) : null, finish, Asked(usage), Said(usage));
    });

    // Every answer of a question asked several times has its own seed, as everywhere; theirs is a whole number of 32 bits.
    private static JsonObject Generation(DecodingOptions decoding, int repeat)
    {
        var generation = new JsonObject
        {
            ["temperature"] = decoding.Temperature,
            ["maxOutputTokens"] = decoding.MaxNewTokens,
            ["seed"] = (int)((decoding.Seed + (ulong)repeat) & int.MaxValue),
        };
        if (decoding.TopP < 1)
        {
            generation["topP"] = decoding.TopP;
        }

        if (decoding.TopK > 0)
        {
            generation["topK"] = decoding.TopK;
        }

        if (decoding.Stop.Count > 0)
        {
            generation["stopSequences"] = new JsonArray([.. decoding.Stop.Select(s => JsonValue.Create(s))]);
        }

        if (decoding.JsonSchema is { } schema)
        {
            generation["responseMimeType"] = "application/json";
            generation["responseJsonSchema"] = JsonNode.Parse(schema.GetRawText());
        }

        return generation;
    }

    private static bool IsStopped(JsonElement root) => ChatWire.Member(root, "promptFeedback") is { } feedback && ChatWire.Text(feedback, "blockReason") is not null;

    private static JsonElement? Candidate(JsonElement root)
        => ChatWire.Member(root, "candidates") is { ValueKind: JsonValueKind.Array } all && all.GetArrayLength() > 0 ? all[0] : null;

    // A part that is marked as thought is no part of the answer.
    private static string? TextOf(JsonElement candidate)
        => ChatWire.Member(candidate, "content") is { } content && ChatWire.Member(content, "parts") is { ValueKind: JsonValueKind.Array } parts
            ? string.Concat(parts.EnumerateArray().Where(p => ChatWire.Member(p, "thought") is not { ValueKind: JsonValueKind.True }).Select(p => ChatWire.Text(p, "text"))) : null;

    private static string? FinishOf(JsonElement candidate) => ChatWire.Text(candidate, "finishReason") is { } reason ? reason == "MAX_TOKENS" ? "length" : "stop" : null;

    private static int? Asked(JsonElement? usage) => ChatWire.Number(usage, "promptTokenCount");

    // Thoughts are charged like answers.
    private static int? Said(JsonElement? usage)
        => ChatWire.Number(usage, "candidatesTokenCount") is { } said ? said + (ChatWire.Number(usage, "thoughtsTokenCount") ?? 0) : null;
}
