using System.Globalization;
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
/// Unicode normalization (UAX #15) from a table of our own: the platform's needs ICU, differs by its version, and does nothing at all
/// under invariant globalization. The table is written by eng/unicode/normalization.py.
/// </summary>
internal static class UnicodeNormalization
{
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28;
    private static readonly Lazy<Tables> s_tables = new(Tables.Load);

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
        else if (tables.Canonical.TryGetValue(c, out int[]? parts) || (compatibility && tables.Compatible.TryGetValue(c, out parts)))
        {
            foreach (int part in parts)
                Decompose(tables, part, compatibility, result);
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
        private readonly Dictionary<int, byte> _classes = [];

        public Dictionary<int, int[]> Canonical { get; } = [];

        public Dictionary<int, int[]> Compatible { get; } = [];

        public Dictionary<(int First, int Second), int> Composites { get; } = [];

        public int Class(int codePoint) => codePoint < 0x300 ? 0 : _classes.GetValueOrDefault(codePoint);

        public static Tables Load()
        {
            var tables = new Tables();
            using var stream = typeof(Tables).Assembly.GetManifestResourceStream("UnicodeNormalization.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                string[] fields = line.Split(' ');
                if (fields[0] == "#")
                    continue;
                if (fields[0][0] == 'c')
                {
                    tables.AddClass(byte.Parse(fields[0].AsSpan(1), CultureInfo.InvariantCulture), fields[1]);
                    continue;
                }

                int[] codes = [.. fields.Skip(1).Select(Hex)];
                if (fields[0] == "p")
                    tables.Composites.Add((codes[0], codes[1]), codes[2]);
                else
                    (fields[0] == "d" ? tables.Canonical : tables.Compatible).Add(codes[0], codes[1..]);
            }

            return tables;
        }

        private void AddClass(byte cls, string range)
        {
            int[] bounds = [.. range.Split('-').Select(Hex)];
            for (int c = bounds[0]; c <= bounds[^1]; c++)
                _classes.Add(c, cls);
        }

        private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
