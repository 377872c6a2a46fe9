using System.Buffers;
using System.Globalization;
using System.Text;

namespace ModelOps.Core.Artifacts;

/// <summary>Escapes of JSON strings: taking them off, and putting on those of RFC 8785.</summary>
internal static class JsonStrings
{
    private static readonly SearchValues<byte> s_escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>UTF-8 of a string's meaning from its checked raw text.</summary>
    public static byte[] Unescape(ReadOnlySpan<byte> raw)
    {
        var result = new ArrayBufferWriter<byte>(raw.Length);
        while (raw.IndexOf((byte)'\\') is >= 0 and int slash)
        {
            result.Write(raw[..slash]);
            raw = UnescapeOne(raw[(slash + 1)..], result);
        }

        result.Write(raw);
        return result.WrittenSpan.ToArray();
    }

    /// <summary>Writes the string in quotes with the escapes of RFC 8785 section 3.2.2.2, and no others.</summary>
    public static void WriteQuoted(ReadOnlySpan<byte> utf8, IBufferWriter<byte> target)
    {
        target.Write("\""u8);
        while (utf8.IndexOfAny(s_escaped) is >= 0 and int at)
        {
            target.Write(utf8[..at]);
            WriteEscape(utf8[at], target);
            utf8 = utf8[(at + 1)..];
        }

        target.Write(utf8);
        target.Write("\""u8);
    }

    private static void WriteEscape(byte b, IBufferWriter<byte> target)
    {
        switch (b)
        {
            case (byte)'"': target.Write("\\\""u8); break;
            case (byte)'\\': target.Write("\\\\"u8); break;
            case (byte)'\b': target.Write("\\b"u8); break;
            case (byte)'\t': target.Write("\\t"u8); break;
            case (byte)'\n': target.Write("\\n"u8); break;
            case (byte)'\f': target.Write("\\f"u8); break;
            case (byte)'\r': target.Write("\\r"u8); break;
            default: target.Write(Encoding.ASCII.GetBytes($"\\u{b:x4}")); break;
        }
    }

    // 'rest' starts after the backslash; returns what follows the escape.
    private static ReadOnlySpan<byte> UnescapeOne(ReadOnlySpan<byte> rest, ArrayBufferWriter<byte> result)
    {
        if (rest[0] != 'u')
        {
            byte plain = rest[0] switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                byte same => same,
            };
            result.GetSpan(1)[0] = plain;
            result.Advance(1);
            return rest[1..];
        }

        int unit = Unit(rest.Slice(1, 4));
        int length = 5;
        Rune rune;
        if (char.IsHighSurrogate((char)unit))
        {
            rune = new Rune((char)unit, (char)Unit(rest.Slice(7, 4)));
            length = 11;
        }
        else
        {
            rune = new Rune(unit);
        }

        result.Advance(rune.EncodeToUtf8(result.GetSpan(4)));
        return rest[length..];
    }

    private static int Unit(ReadOnlySpan<byte> hex) => int.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
