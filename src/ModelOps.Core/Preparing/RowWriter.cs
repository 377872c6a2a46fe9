using System.Text;
using System.Text.Unicode;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Preparing;

/// <summary>Writes values of a record into a row: what can be copied is copied, so that every byte knows where it comes from.</summary>
internal sealed class RowWriter(RowText text, Func<string, string>? normalize)
{
    /// <summary>Where the record starts in its file; places inside a parsed record count from there.</summary>
    public int Base { get; set; }

    public RowText Text => text;

    /// <summary>Any JSON value on one line.</summary>
    public void Value(JsonItem value)
    {
        switch (value.Kind)
        {
            case JsonKind.String:
                String(value);
                break;
            case JsonKind.Object:
                text.From(Base + value.Offset).Literal("{"u8);
                bool first = true;
                foreach (JsonMember member in value.Members())
                {
                    text.Literal(first ? default : ","u8);
                    first = false;
                    Name(member);
                    Value(member.Value);
                }

                text.Literal("}"u8);
                break;
            case JsonKind.Array:
                text.From(Base + value.Offset).Literal("["u8);
                int index = 0;
                foreach (JsonItem item in value.Items())
                {
                    text.Literal(index++ == 0 ? default : ","u8);
                    Value(item);
                }

                text.Literal("]"u8);
                break;
            default:
                text.Copy(Base + value.Offset, value.Raw);
                break;
        }
    }

    /// <summary>A member's name and the colon.</summary>
    public void Name(JsonMember member)
    {
        JsonItem name = member.NameItem;
        text.Copy(Base + name.Offset, name.Quoted).Literal(":"u8);
    }

    /// <summary>A JSON string, or a number or truth value as the text that it is written with.</summary>
    public void String(JsonItem value)
    {
        if (value.Kind != JsonKind.String)
        {
            text.From(Base + value.Offset).Literal("\""u8).Copy(Base + value.Offset, value.Raw).Literal("\""u8);
        }
        else if (normalize is not null && (value.IsEscaped || !Ascii.IsValid(value.Raw)) && value.GetString() is var meant && normalize(meant) is var normal && normal != meant)
        {
            text.From(Base + value.Offset);
            Quoted(normal);
        }
        else
        {
            text.Copy(Base + value.Offset, value.Quoted);
        }
    }

    /// <summary>What a JSON string is between its quotes.</summary>
    public void Inside(JsonItem value)
    {
        if (normalize is not null && (value.IsEscaped || !Ascii.IsValid(value.Raw)) && value.GetString() is var meant && normalize(meant) is var normal && normal != meant)
        {
            text.From(Base + value.Offset).Literal(Escaped(normal));
        }
        else
        {
            text.Copy(Base + value.Offset + (value.Kind == JsonKind.String ? 1 : 0), value.Raw);
        }
    }

    /// <summary>A cell of CSV as a JSON string.</summary>
    public void Cell(ReadOnlySpan<byte> file, CsvCell cell)
    {
        ReadOnlySpan<byte> bytes = file.Slice(cell.Start, cell.Length);
        if (normalize is not null && !Ascii.IsValid(bytes) && Utf8.IsValid(bytes) && cell.Text(file) is var meant && normalize(meant) is var normal && normal != meant)
        {
            text.From(cell.Start);
            Quoted(normal);
            return;
        }

        text.From(cell.Start).Literal("\""u8);
        int run = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            bool doubled = cell.Quoted && b == '"';
            if (b >= 0x20 && b is not ((byte)'"' or (byte)'\\'))
            {
                continue;
            }

            Run(bytes, cell.Start, run, i);
            text.From(cell.Start + i).Literal(Escape(b));
            i += doubled ? 1 : 0;
            run = i + 1;
        }

        Run(bytes, cell.Start, run, bytes.Length);
        text.Literal("\""u8);
    }

    private void Run(ReadOnlySpan<byte> bytes, int start, int from, int to)
    {
        if (to > from)
        {
            text.Copy(start + from, bytes[from..to]);
        }
    }

    private void Quoted(string value) => JsonStrings.WriteQuoted(Encoding.UTF8.GetBytes(value), text.Output);

    private static byte[] Escaped(string value)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        JsonStrings.WriteQuoted(Encoding.UTF8.GetBytes(value), output);
        return output.WrittenSpan[1..^1].ToArray();
    }

    private static byte[] Escape(byte b) => b switch
    {
        (byte)'"' => "\\\""u8.ToArray(),
        (byte)'\\' => "\\\\"u8.ToArray(),
        (byte)'\n' => "\\n"u8.ToArray(),
        (byte)'\r' => "\\r"u8.ToArray(),
        (byte)'\t' => "\\t"u8.ToArray(),
        _ => Encoding.ASCII.GetBytes($"\\u{b:x4}"),
    };
}
