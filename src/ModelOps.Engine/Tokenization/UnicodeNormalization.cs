using System.Text;

namespace ModelOps.Engine.Tokenization;

internal enum UnicodeForm
{
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// <summary>
/// Unicode normalization (UAX #15) with the tables of <see cref="UnicodeTables"/>.
/// </summary>
internal static class UnicodeNormalization
{
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28;
    private static readonly Lazy<Tables> s_tables = new(() => new Tables());

    public static string Normalize(string text, UnicodeForm form)
    {
        if (Ascii.IsValid(text))
            return text;
        var tables = s_tables.Value;
        var codePoints = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
            Decompose(tables, rune.Value, form is UnicodeForm.Nfkc or UnicodeForm.Nfkd, codePoints);
        Order(tables, codePoints);
        if (form is UnicodeForm.Nfc or UnicodeForm.Nfkc)
            Compose(tables, codePoints);
        var result = new StringBuilder(codePoints.Count);
        Span<char> units = stackalloc char[2];
        foreach (int c in codePoints)
            result.Append(units[..new Rune(c).EncodeToUtf16(units)]);
        return result.ToString();
    }

    private static void Decompose(Tables tables, int c, bool compatibility, List<int> result)
    {
        if (c is >= SBase and < SBase + (LCount * VCount * TCount))
        {
            int s = c - SBase, t = s % TCount;
            result.Add(LBase + (s / (VCount * TCount)));
            result.Add(VBase + (s % (VCount * TCount) / TCount));
            if (t != 0)
                result.Add(TBase + t);
        }
        else if ((compatibility && tables.Compatible.TryGetValue(c, out int[]? parts)) || tables.Canonical.TryGetValue(c, out parts))
        {
            result.AddRange(parts);
        }
        else
        {
            result.Add(c);
        }
    }

    /// <summary>Sorts every run of combining marks by class, keeping the order of equals.</summary>
    private static void Order(Tables tables, List<int> codePoints)
    {
        for (int i = 1; i < codePoints.Count; i++)
        {
            int moving = codePoints[i], cls = tables.Class(moving), at = i;
            if (cls == 0)
                continue;
            for (; at > 0 && tables.Class(codePoints[at - 1]) > cls; at--)
                codePoints[at] = codePoints[at - 1];
            codePoints[at] = moving;
        }
    }

    private static void Compose(Tables tables, List<int> codePoints)
    {
        int kept = 0, starter = -1, lastClass = -1;
        foreach (int c in codePoints.ToArray())
        {
            int cls = tables.Class(c);
            // Blocked: a mark of the same or a higher class, or another starter, stands between.
            if (starter >= 0 && (lastClass < cls || lastClass == -1) && TryCompose(tables, codePoints[starter], c, out int composed))
            {
                codePoints[starter] = composed;
                continue;
            }

            if (cls == 0)
            {
                starter = kept;
                lastClass = -1;
            }
            else
            {
                lastClass = cls;
            }

            codePoints[kept++] = c;
        }

        codePoints.RemoveRange(kept, codePoints.Count - kept);
    }

    private static bool TryCompose(Tables tables, int first, int second, out int composed)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
        {
            composed = SBase + ((((first - LBase) * VCount) + (second - VBase)) * TCount);
            return true;
        }

        if (first is >= SBase and < SBase + (LCount * VCount * TCount) && (first - SBase) % TCount == 0 && second is > TBase and < TBase + TCount)
        {
            composed = first + (second - TBase);
            return true;
        }

        return tables.Composites.TryGetValue((first, second), out composed);
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, byte> _classes = UnicodeTables.CombiningClasses();

        /// <summary>Full decompositions, already in order.</summary>
        public Dictionary<int, int[]> Canonical { get; } = UnicodeTables.Map('d');

        /// <summary>Full decompositions, where they differ from the canonical ones.</summary>
        public Dictionary<int, int[]> Compatible { get; } = UnicodeTables.Map('k');

        public Dictionary<(int First, int Second), int> Composites { get; } = UnicodeTables.Composites();

        public int Class(int codePoint) => codePoint < 0x300 ? 0 : _classes.GetValueOrDefault(codePoint);
    }
}
