using System.Buffers;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Data;

/// <summary>Where the parts of a row stand in its canonical bytes.</summary>
/// <param name="Messages">The list of messages; of a pair those before the answers.</param>
/// <param name="Answer">Where the last message starts; not of a pair.</param>
/// <param name="Chosen">The list of a pair's preferred answer.</param>
internal readonly record struct RowLayout(RowShape Shape, Range Messages, int Answer, Range Chosen, Range Rejected);

/// <summary>Writes rows in canonical form, one behind the other.</summary>
internal sealed class CanonicalRowWriter(ArrayBufferWriter<byte> output)
{
    private static readonly byte[][] s_conversation = ["messages"u8.ToArray()];
    private static readonly byte[][] s_pair = ["chosen"u8.ToArray(), "input"u8.ToArray(), "prompt"u8.ToArray(), "rejected"u8.ToArray()];
    private int _start;
    private bool _first;
    private RowLayout _layout;

    public int Written => output.WrittenCount;

    /// <param name="other">Called with the name of each property that is no part of the shape.</param>
    public RowLayout Write(JsonItem root, RowContent content, Action<JsonItem> other)
    {
        (_start, _first) = (output.WrittenCount, true);
        _layout = new RowLayout { Shape = content.IsPair ? RowShape.Preference : RowShape.Conversation };
        byte[][] own = content.IsPair ? s_pair : s_conversation;
        int next = 0;
        output.Write("{"u8);
        foreach (int name in JsonKeys.Sorted(root.Tree, root.Index))
        {
            var item = new JsonItem(root.Tree, name);
            if (IsPart(item.Utf8, content))
            {
                continue;
            }

            while (next < own.Length && JsonKeys.Compare(item.Utf8, own[next]) > 0)
            {
                WritePart(own[next++], content, other);
            }

            WriteName(item);
            CanonicalJson.Write(new JsonItem(root.Tree, name + 1), output, KeyOrder.AsWritten);
            other(item);
        }

        while (next < own.Length)
        {
            WritePart(own[next++], content, other);
        }

        output.Write("}"u8);
        return _layout;
    }

    private static bool IsPart(ReadOnlySpan<byte> name, RowContent content) => (content.IsPair, content.Input) switch
    {
        (false, _) => name.SequenceEqual("messages"u8) || name.SequenceEqual("prompt"u8) || name.SequenceEqual("completion"u8),
        (true, null) => name.SequenceEqual("prompt"u8) || name.SequenceEqual("chosen"u8) || name.SequenceEqual("rejected"u8),
        _ => name.SequenceEqual("input"u8) || name.SequenceEqual("preferred_output"u8) || name.SequenceEqual("non_preferred_output"u8),
    };

    private void WritePart(byte[] name, RowContent content, Action<JsonItem> other)
    {
        switch (name[0])
        {
            case (byte)'m':
                (Range messages, int answer) = WriteMessages("\"messages\":"u8, content.Messages);
                _layout = _layout with { Messages = messages, Answer = answer };
                break;
            case (byte)'p':
                _layout = _layout with { Messages = WriteMessages("\"prompt\":"u8, content.Messages).List };
                break;
            case (byte)'c':
                _layout = _layout with { Chosen = WriteMessages("\"chosen\":"u8, content.Chosen).List };
                break;
            case (byte)'r':
                _layout = _layout with { Rejected = WriteMessages("\"rejected\":"u8, content.Rejected).List };
                break;
            case (byte)'i' when content.Input is { Count: > 1 } input:
                WriteRest(input, other);
                break;
        }
    }

    // What OpenAI's input says beside its messages.
    private void WriteRest(JsonItem input, Action<JsonItem> other)
    {
        Separate();
        output.Write("\"input\":{"u8);
        _first = true;
        foreach (int name in JsonKeys.Names(input.Tree, input.Index))
        {
            var item = new JsonItem(input.Tree, name);
            if (!item.Utf8.SequenceEqual("messages"u8))
            {
                WriteName(item);
                var value = new JsonItem(input.Tree, name + 1);
                CanonicalJson.Write(value, output, KeyOrder.AsWritten);
                if (value is not { Kind: JsonKind.Array, Count: 0 })
                {
                    other(item);
                }
            }
        }

        output.Write("}"u8);
        _first = false;
    }

    private (Range List, int Last) WriteMessages(ReadOnlySpan<byte> name, List<MessagePart> messages)
    {
        Separate();
        output.Write(name);
        int start = output.WrittenCount, last = start;
        for (int i = 0; i < messages.Count; i++)
        {
            last = output.WrittenCount;
            output.Write(i == 0 ? "[{\"content\":"u8 : ",{\"content\":"u8);
            CanonicalJson.Write(messages[i].Content, output);
            output.Write(",\"role\":\""u8);
            output.Write(Role(messages[i].Role));
            output.Write("\"}"u8);
        }

        output.Write("]"u8);
        return ((start - _start)..(output.WrittenCount - _start), last - _start);
    }

    private static ReadOnlySpan<byte> Role(string role) => role switch
    {
        "user" => "user"u8,
        "assistant" => "assistant"u8,
        "system" => "system"u8,
        _ => "tool"u8,
    };

    private void WriteName(JsonItem name)
    {
        Separate();
        CanonicalJson.Write(name, output);
        output.Write(":"u8);
    }

    private void Separate()
    {
        if (!_first)
        {
            output.Write(","u8);
        }

        _first = false;
    }
}
