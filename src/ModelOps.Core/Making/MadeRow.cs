using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Making;

/// <summary>A row that was made: its JSON, and where what it is made of stands.</summary>
/// <param name="Texts">What to look at for personal data; empty where the texts are the project's own.</param>
public sealed record MadeRow(ReadOnlyMemory<byte> Json, SourceLocation From, IReadOnlyList<PlacedText> Texts)
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Nobody has looked at what it teaches.</summary>
    public bool IsUnreviewed { get; init; }

    /// <summary><c>{"messages":[…]}</c>, the answer last.</summary>
    /// <param name="slice">The row's slice; null for none.</param>
    public static MadeRow Conversation(IEnumerable<PromptMessage> prompt, string answer, SourceLocation from, IReadOnlyList<PlacedText>? texts = null, string? slice = null)
        => new(Written(json =>
        {
            Messages(json, "messages", prompt.Append(new PromptMessage("assistant", answer)));
            if (slice is not null)
            {
                json.WriteString("slice", slice);
            }
        }), from, texts ?? []);

    /// <summary><c>{"prompt":[…],"chosen":[…],"rejected":[…]}</c>, what DPO reads.</summary>
    public static MadeRow Pair(IEnumerable<PromptMessage> prompt, string chosen, string rejected, SourceLocation from, IReadOnlyList<PlacedText>? texts = null) => new(Written(json =>
    {
        Messages(json, "prompt", prompt);
        Messages(json, "chosen", [new PromptMessage("assistant", chosen)]);
        Messages(json, "rejected", [new PromptMessage("assistant", rejected)]);
    }), from, texts ?? []);

    private static void Messages(Utf8JsonWriter json, string name, IEnumerable<PromptMessage> messages)
    {
        json.WriteStartArray(name);
        foreach (PromptMessage message in messages)
        {
            json.WriteStartObject();
            json.WriteString("role", message.Role);
            json.WriteString("content", message.Content);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static ReadOnlyMemory<byte> Written(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray(); // the buffer is larger
    }
}
