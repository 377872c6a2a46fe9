using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Preparing;

/// <summary>Writes <c>{"messages":[…]</c> from the shapes that instruction data come in; the row is left open for further fields.</summary>
internal sealed class ConversationWriter(RowWriter row)
{
    private bool _first = true;

    public void Pair(JsonItem? system, JsonItem prompt, JsonItem completion)
    {
        Begin(system);
        Message("user"u8, prompt, "the prompt");
        Message("assistant"u8, completion, "the completion");
        row.Text.Literal("]"u8);
    }

    /// <summary>The question is the instruction and, where there is one, an empty line and the input; <c>history</c> is a list of earlier questions and answers.</summary>
    public void Alpaca(JsonItem? system, JsonItem? history, JsonItem instruction, JsonItem? input, JsonItem output)
    {
        Begin(system);
        foreach (JsonItem turn in history is { } list ? Items(list, "history") : [])
        {
            JsonItem[] pair = [.. Items(turn, "a turn of the history")];
            if (pair.Length != 2)
            {
                throw new RecordException(turn.Offset, at => PreparationErrors.NoText(at, "a turn of the history", $"a list of {pair.Length}, not of a question and an answer"));
            }

            Message("user"u8, pair[0], "a question of the history");
            Message("assistant"u8, pair[1], "an answer of the history");
        }

        if (input is { } more && Text(more, "input") is var given && (given.Kind != JsonKind.String || given.Raw.Length > 0))
        {
            Open("user"u8, Text(instruction, "instruction"));
            row.Text.Literal("\""u8);
            row.Inside(instruction);
            row.Text.Literal("\\n\\n"u8);
            row.Inside(more);
            row.Text.Literal("\"}"u8);
        }
        else
        {
            Message("user"u8, instruction, "instruction");
        }

        Message("assistant"u8, output, "output");
        row.Text.Literal("]"u8);
    }

    /// <summary>Speakers by their usual names; another one stays as it is, and is refused as a role.</summary>
    public void ShareGpt(JsonItem? system, JsonItem turns)
    {
        Begin(system);
        foreach (JsonItem turn in Items(turns, "conversations"))
        {
            JsonItem from = Member(turn, "from", "role"), value = Member(turn, "value", "content");
            ReadOnlySpan<byte> role = (from.Kind == JsonKind.String ? from.GetString() : "") switch
            {
                "human" or "user" => "user"u8,
                "gpt" or "assistant" or "chatgpt" or "model" or "function_call" => "assistant"u8,
                "system" => "system"u8,
                "tool" or "observation" or "function" or "function_response" => "tool"u8,
                _ => default,
            };
            if (role.IsEmpty)
            {
                Separate();
                row.Text.From(row.Base + turn.Offset).Literal("{\"role\":"u8);
                row.String(from);
                row.Text.Literal(",\"content\":"u8);
                row.String(Text(value, "value"));
                row.Text.Literal("}"u8);
            }
            else
            {
                Message(role, value, "value");
            }
        }

        row.Text.Literal("]"u8);
    }

    public static string Word(JsonKind kind) => kind switch
    {
        JsonKind.Object => "an object",
        JsonKind.Array => "a list",
        JsonKind.Null => "null",
        _ => "no text",
    };

    private void Begin(JsonItem? system)
    {
        row.Text.Literal("{\"messages\":["u8);
        if (system is { } message && Text(message, "system") is var text && (text.Kind != JsonKind.String || text.Raw.Length > 0))
        {
            Message("system"u8, text, "system");
        }
    }

    private void Message(ReadOnlySpan<byte> role, JsonItem content, string name)
    {
        Open(role, Text(content, name));
        row.String(content);
        row.Text.Literal("}"u8);
    }

    private void Open(ReadOnlySpan<byte> role, JsonItem content)
    {
        Separate();
        row.Text.From(row.Base + content.Offset).Literal("{\"role\":\""u8).Literal(role).Literal("\",\"content\":"u8);
    }

    private void Separate()
    {
        row.Text.Literal(_first ? default : ","u8);
        _first = false;
    }

    private static JsonItem Text(JsonItem value, string name)
        => value.Kind is JsonKind.String or JsonKind.Number or JsonKind.True or JsonKind.False ? value
            : throw new RecordException(value.Offset, at => PreparationErrors.NoText(at, name, Word(value.Kind)));

    private static IEnumerable<JsonItem> Items(JsonItem value, string name)
        => value.Kind == JsonKind.Array ? value.Items() : throw new RecordException(value.Offset, at => PreparationErrors.NoText(at, name, Word(value.Kind) + ", not a list"));

    private static JsonItem Member(JsonItem turn, string name, string other)
        => turn.TryGet(name, out JsonItem value) || turn.TryGet(other, out value) ? value
            : throw new RecordException(turn.Offset, at => PreparationErrors.NoField(at, SourceFormat.ShareGpt, name, turn.Kind == JsonKind.Object ? turn.Members().Select(m => m.Name) : []));
}
