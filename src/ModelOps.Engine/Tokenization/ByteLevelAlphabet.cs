using System.Text;

namespace ModelOps.Engine.Tokenization;

/// <summary>GPT-2's printable stand-in for each byte: printable Latin-1 stands for itself, the other 68 bytes for U+0100 and on.</summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] s_charOfByte = BuildCharOfByte();
    private static readonly short[] s_byteOfChar = BuildByteOfChar();

    public static char CharOf(byte value) => s_charOfByte[value];

    /// <summary>The byte for which a character stands; -1 where it stands for none.</summary>
    public static int ByteOf(char c) => c < s_byteOfChar.Length ? s_byteOfChar[c] : -1;

    /// <summary>Appends the bytes of a token; a token with a foreign character gives its own UTF-8, as an added token does.</summary>
    public static void AppendBytes(string token, List<byte> bytes)
    {
        if (token.All(c => ByteOf(c) >= 0))
            bytes.AddRange(token.Select(c => (byte)ByteOf(c)));
        else
            bytes.AddRange(Encoding.UTF8.GetBytes(token));
    }

    private static char[] BuildCharOfByte()
    {
        var chars = new char[256];
        int standIns = 0;
        for (int b = 0; b < 256; b++)
            chars[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : (char)(256 + standIns++);
        return chars;
    }

    private static short[] BuildByteOfChar()
    {
        var bytes = new short[256 + 68];
        Array.Fill(bytes, (short)-1);
        for (int b = 0; b < 256; b++)
            bytes[s_charOfByte[b]] = (short)b;
        return bytes;
    }
}
