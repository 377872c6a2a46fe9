using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ModelOps.Runtime.Pointers;

/// <summary>What a piece of a streamed chat completion says; each member is null where the piece says nothing of it.</summary>
internal sealed record ChatPiece(string? Text, string? Finish, int? PromptTokens, int? CompletionTokens);

/// <summary>Reads OpenAI's server-sent events: lines <c>data: {…}</c>, the last one <c>data: [DONE]</c>.</summary>
internal static class ChatStream
{
    private const string Data = "data:";
    private const int LongestLine = 4 << 20;

    /// <exception cref="JsonException">A line is no chat completion, the server reports an error in the middle, or the stream ends without an end.</exception>
    public static async IAsyncEnumerable<ChatPiece> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith(Data, StringComparison.Ordinal))
            {
                continue; // comments keep the connection open, empty lines part events
            }

            string data = line[Data.Length..].Trim();
            if (data == "[DONE]")
            {
                yield break;
            }

            yield return data.Length <= LongestLine ? Parse(data) : throw new JsonException("a line is longer than any answer");
        }

        throw new JsonException("the stream ended in the middle of the answer");
    }

    internal static ChatPiece Parse(string data)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(data);
            JsonElement root = document.RootElement;
            if (Member(root, "error") is { } error)
            {
                throw new JsonException(Text(error, "message") ?? "the server reports an error");
            }

            JsonElement? choice = Member(root, "choices") is { ValueKind: JsonValueKind.Array } choices && choices.GetArrayLength() > 0 ? choices[0] : null;
            JsonElement? delta = choice is { } first ? Member(first, "delta") : null, usage = Member(root, "usage");
            return new ChatPiece(delta is { } d ? Text(d, "content") ?? Text(d, "refusal") : null, choice is { } c ? Text(c, "finish_reason") : null, Number(usage, "prompt_tokens"), Number(usage, "completion_tokens"));
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("it has text that is not Unicode", e); // what the reader says of half a surrogate pair
        }
    }

    private static JsonElement? Member(JsonElement json, string name)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static int? Number(JsonElement? json, string name)
        => json is { } at && Member(at, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) && value >= 0 ? value : null;
}
