using System.Globalization;
using System.Text;

namespace ModelOps.Engine.Tokenization.Patterns;

/// <summary>A set of Unicode code points: a bitmap for the basic plane, the rule itself beyond it.</summary>
internal sealed class CodePointSet
{
    private readonly ulong[] _bitmap = new ulong[65536 / 64];
    private readonly Func<int, bool> _rule;

    public CodePointSet(Func<int, bool> rule)
    {
        _rule = rule;
        for (int c = 0; c < 65536; c++)
        {
            if (rule(c))
                _bitmap[c >> 6] |= 1ul << c;
        }
    }

    public bool Contains(int codePoint) =>
        (uint)codePoint < 65536 ? (_bitmap[codePoint >> 6] >> codePoint & 1) != 0 : _rule(codePoint);

    public bool Contains(char c) => (_bitmap[c >> 6] >> c & 1) != 0;

    public static bool IsWhiteSpace(int c) =>
        c is (>= 9 and <= 13) or 0x20 or 0x85 or 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200A) or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;

    /// <summary>Letters, marks, decimal digits and connectors: what <c>\w</c> means with Unicode on.</summary>
    public static bool IsWord(int c) => Category(c) is <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation;

    public static UnicodeCategory Category(int c) => CharUnicodeInfo.GetUnicodeCategory(c);

    /// <summary>True where the rule holds for the code point or for another of its cases.</summary>
    public static Func<int, bool> IgnoreCase(Func<int, bool> rule) => c =>
    {
        if (rule(c))
            return true;
        if (!Rune.TryCreate(c, out var rune))
            return false;
        var upper = Rune.ToUpperInvariant(rune);
        return rule(upper.Value) || rule(Rune.ToLowerInvariant(rune).Value) || rule(Rune.ToLowerInvariant(upper).Value)
            // The long s and the Kelvin sign have a lower and an upper case that do not lead back to them.
            || (c == 0x17F && rule('s')) || (c == 0x212A && rule('k')) || (c is 's' or 'S' && rule(0x17F)) || (c is 'k' or 'K' && rule(0x212A));
    };

    /// <summary>A general category by its one- or two-letter name; null where the name is not one.</summary>
    public static Func<int, bool>? CategoryRule(string name)
    {
        const string Order = "LuLlLtLmLoMnMcMeNdNlNoZsZlZpCcCfCsCoPcPdPsPePiPfPoSmScSkSoCn";
        uint mask = 0;
        for (int i = 0; i < Order.Length; i += 2)
        {
            if (name.Length is 1 or 2 && Order.AsSpan(i, name.Length).SequenceEqual(name))
                mask |= 1u << (i / 2);
        }

        return mask == 0 ? null : c => (mask >> (int)Category(c) & 1) != 0;
    }
}
