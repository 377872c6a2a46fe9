using System.Text.Json;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>The shapes of rows that Bedrock's families train on.</summary>
internal abstract class BedrockRows
{
    /// <summary>Nova: Bedrock's own conversation.</summary>
    public static BedrockRows Conversation { get; } = new ConversationRows();

    /// <summary>Claude: messages, with the system message beside them.</summary>
    public static BedrockRows Messages { get; } = new MessageRows();

    /// <summary>Titan and Llama: one prompt, one completion.</summary>
    public static BedrockRows Completion { get; } = new CompletionRows();

    /// <summary>Why a row has no place in this shape; null when it has.</summary>
    /// <param name="row">As a build writes it: <c>messages</c> with <c>role</c> and <c>content</c>.</param>
    public virtual string? Problem(JsonElement row)
    {
        string[] turns = [.. Turns(row).Select(m => m.Text("role") ?? "")];
        return turns.Where((role, at) => role != (at % 2 == 0 ? "user" : "assistant")).Any() || turns.Length == 0 || turns.Length % 2 != 0
            ? "its messages must be a system message or none, then user and assistant by turns, the assistant last" : null;
    }

    public abstract void Write(Utf8JsonWriter json, JsonElement row);

    /// <summary>The first message where it is the system's.</summary>
    protected static string? System(JsonElement row) => row.List("messages").FirstOrDefault() is { ValueKind: JsonValueKind.Object } first && first.Text("role") == "system" ? first.Text("content") : null;

    protected static IEnumerable<JsonElement> Turns(JsonElement row) => row.List("messages").Skip(System(row) is null ? 0 : 1);

    private sealed class ConversationRows : BedrockRows
    {
        // Jobs fail on them, says Nova's guide: they mark turns and places in its own prompts.
        private static readonly string[] s_reserved = ["User:", "Bot:", "Assistant:", "System:", "<image>", "<video>", "[EOS]"];

        public override string? Problem(JsonElement row)
            => base.Problem(row) ?? (row.List("messages").Where(m => m.Text("role") != "assistant")
                .SelectMany(m => s_reserved.Where(word => m.Text("content")?.Contains(word, StringComparison.Ordinal) == true)).FirstOrDefault() is { } reserved
                ? $"its prompt has '{reserved}', which Nova reserves: a job with it fails" : null);

        public override void Write(Utf8JsonWriter json, JsonElement row)
        {
            json.WriteStartObject();
            json.WriteString("schemaVersion", "bedrock-conversation-2024");
            if (System(row) is { } system)
            {
                json.WritePropertyName("system");
                WriteText(json, system);
            }

            json.WriteStartArray("messages");
            foreach (JsonElement turn in Turns(row))
            {
                json.WriteStartObject();
                json.WriteString("role", turn.Text("role"));
                json.WritePropertyName("content");
                WriteText(json, turn.Text("content") ?? "");
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        private static void WriteText(Utf8JsonWriter json, string text)
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteString("text", text);
            json.WriteEndObject();
            json.WriteEndArray();
        }
    }

    private sealed class MessageRows : BedrockRows
    {
        public override void Write(Utf8JsonWriter json, JsonElement row)
        {
            json.WriteStartObject();
            if (System(row) is { } system)
            {
                json.WriteString("system", system);
            }

            json.WriteStartArray("messages");
            foreach (JsonElement turn in Turns(row))
            {
                json.WriteStartObject();
                json.WriteString("role", turn.Text("role"));
                json.WriteString("content", turn.Text("content"));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private sealed class CompletionRows : BedrockRows
    {
        public override string? Problem(JsonElement row)
            => System(row) is not null ? "it has a system message, and a prompt with its completion has no place for one"
                : base.Problem(row) ?? (Turns(row).Count() == 2 ? null : "it has several turns, and a prompt with its completion has one");

        public override void Write(Utf8JsonWriter json, JsonElement row)
        {
            JsonElement[] turns = [.. Turns(row)];
            json.WriteStartObject();
            json.WriteString("prompt", turns[0].Text("content"));
            json.WriteString("completion", turns[1].Text("content"));
            json.WriteEndObject();
        }
    }
}
