using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>A message of a row that is being read.</summary>
/// <param name="Offset">Where in the line the message starts.</param>
internal readonly record struct MessagePart(string Role, JsonItem Content, int Offset);

/// <summary>What makes a message, and what makes a conversation. Every problem is reported; false or null means that there was one.</summary>
internal static class MessageRules
{
    public static MessagePart? Read(JsonItem message, Func<int, SourceLocation> at, Func<Diagnostic, bool> add)
    {
        if (message.Kind != JsonKind.Object)
        {
            add(DataErrors.InvalidMessage(at(message.Offset), $"a JSON {message.Kind.ToString().ToLowerInvariant()}"));
            return null;
        }

        bool good = true;
        string? role = null;
        JsonItem? content = null;
        int member = message.Index + 1;
        for (int i = 0; i < message.Count; i++)
        {
            var name = new JsonItem(message.Tree, member);
            var value = new JsonItem(message.Tree, member + 1);
            member = message.Tree[member + 1].Next;
            if (name.Utf8.SequenceEqual("role"u8))
            {
                role = Role(value, at, add);
                good &= role is not null;
            }
            else if (name.Utf8.SequenceEqual("content"u8))
            {
                content = value;
                good &= CheckText(value, at, add);
            }
            else
            {
                good = add(IsCallWithoutResult(message, name, value) ? DataErrors.CallWithoutResult(at(name.Offset)) : DataErrors.UnsupportedMessageProperty(at(name.Offset), name.GetString()));
            }
        }

        if (good && (role is null || content is null))
        {
            good = add(DataErrors.InvalidMessage(at(message.Offset), role is null ? "'role' is missing" : "'content' is missing"));
        }

        return good ? new MessagePart(role!, content!.Value, message.Offset) : null;
    }

    // The message after a call is a tool's.
    private static bool IsCallWithoutResult(JsonItem message, JsonItem name, JsonItem value)
    {
        if (!name.Utf8.SequenceEqual("tool_calls"u8) || value is not { Kind: JsonKind.Array, Count: > 0 })
        {
            return false;
        }

        int next = message.Tree[message.Index].Next;
        return next >= message.Tree.Nodes.Length || !new JsonItem(message.Tree, next).TryGet("role", out JsonItem role) || role.Kind != JsonKind.String || role.GetString() != "tool";
    }

    /// <summary>Content is a string without control characters other than tab and line breaks.</summary>
    public static bool CheckText(JsonItem content, Func<int, SourceLocation> at, Func<Diagnostic, bool> add)
    {
        if (content.Kind != JsonKind.String)
        {
            string found = content.Kind switch
            {
                JsonKind.Array => "a list of parts",
                JsonKind.Object => "an object",
                _ => content.Kind.ToString().ToLowerInvariant(),
            };
            return add(DataErrors.UnsupportedContent(at(content.Offset), found));
        }

        if (!content.IsEscaped)
        {
            return true;
        }

        // Raw control characters are no JSON, so only escapes can bring one in.
        ReadOnlySpan<byte> raw = content.Raw;
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                continue;
            }

            i++;
            int character = raw[i] switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'u' => Convert.ToInt32(System.Text.Encoding.ASCII.GetString(raw.Slice(i + 1, 4)), 16),
                _ => ' ',
            };
            if (character is < ' ' and not ('\t' or '\n' or '\r') or 0x7F)
            {
                return add(DataErrors.ControlCharacter(at(content.Offset + i), character));
            }
        }

        return true;
    }

    public static bool Check(List<MessagePart> messages, Func<int, SourceLocation> at, Func<Diagnostic, bool> add)
    {
        bool good = true;
        for (int i = 0; i < messages.Count; i++)
        {
            MessagePart message = messages[i];
            if (message.Role == "system" && i > 0)
            {
                good = add(DataErrors.WrongOrder(at(message.Offset), "a system message after the first message"));
            }
            else if (message.Role is "assistant" or "tool" && (i == 0 || (i == 1 && messages[0].Role == "system")))
            {
                good = add(DataErrors.WrongOrder(at(message.Offset), $"the first message after the system message is '{message.Role}'"));
            }

            else if (message.Role == "tool" && messages[i - 1].Role is not ("assistant" or "tool"))
            {
                good = add(DataErrors.ResultWithoutCall(at(message.Offset), messages[i - 1].Role));
            }

            if (message.Role == "assistant" && IsBlank(message.Content))
            {
                good = add(DataErrors.EmptyAnswer(at(message.Content.Offset)));
            }
        }

        return messages is [] or [.., { Role: "assistant" }] ? good : add(DataErrors.NoAssistantTurn(at(messages[^1].Offset), messages[^1].Role));
    }

    private static string? Role(JsonItem value, Func<int, SourceLocation> at, Func<Diagnostic, bool> add)
    {
        if (value.Kind == JsonKind.String)
        {
            if (value.Raw.SequenceEqual("user"u8))
            {
                return "user";
            }

            if (value.Raw.SequenceEqual("assistant"u8))
            {
                return "assistant";
            }

            string role = value.GetString();
            if (role is "system" or "user" or "assistant" or "tool")
            {
                return role;
            }
        }

        add(DataErrors.UnknownRole(at(value.Offset), value.Kind == JsonKind.String ? value.GetString() : value.Kind.ToString().ToLowerInvariant()));
        return null;
    }

    private static bool IsBlank(JsonItem content)
        => content.Raw.IsEmpty || ((content.Raw[0] is <= (byte)' ' or (byte)'\\' or >= 0x80) && string.IsNullOrWhiteSpace(content.GetString()));
}
