using System.Globalization;
using ModelOps.Engine.Tokenization.Patterns;

namespace ModelOps.Engine.Tokenization;

/// <summary>
/// What each code point is to Hugging Face's library, from a table of our own that eng/unicode/tables.mjs writes: the platform's differs by
/// its version (and under invariant globalization), and with it the tokens of a text would.
/// </summary>
internal static class UnicodeTables
{
    private static readonly ILookup<char, string> s_lines = Read().ToLookup(line => line[0], line => line);
    private static readonly Dictionary<string, string> s_ranges = s_lines['@']
        .Select(line => (Line: line, Space: line.IndexOf(' ', StringComparison.Ordinal)))
        .ToDictionary(l => l.Line[1..l.Space], l => l.Line[(l.Space + 1)..], StringComparer.Ordinal);

    private static readonly Lazy<List<int[]>> s_folds = new(() => [.. s_lines['i'].Select(Codes)]);
    private static readonly Lazy<Dictionary<int, int[]>> s_lower = new(() => Map('l'));

    /// <summary>What <c>\w</c> means in a regular expression.</summary>
    public static CodePointSet Word { get; } = Set("word")!;

    /// <summary>What <c>\s</c> means in a regular expression.</summary>
    public static CodePointSet Space { get; } = Set("space")!;

    public static CodePointSet White { get; } = Set("white")!;

    public static CodePointSet Numeric { get; } = Set("numeric")!;

    public static CodePointSet Punctuation { get; } = Set("punctuation")!;

    /// <summary>What the pre-tokenizer Whitespace and added tokens that stand alone call a word character.</summary>
    public static CodePointSet LibraryWord { get; } = Set("library-word")!;

    /// <summary>The classes of code points that are one another's case.</summary>
    public static IReadOnlyList<int[]> Folds => s_folds.Value;

    /// <summary>Lower case, where it differs.</summary>
    public static IReadOnlyDictionary<int, int[]> Lower => s_lower.Value;

    /// <summary>A general category by its one- or two-letter name, a script, or a set of this table; null where the name is none.</summary>
    public static CodePointSet? Set(string name)
    {
        if (s_ranges.TryGetValue(name, out string? ranges))
            return CodePointSet.Parse(ranges);
        string[] parts = name switch
        {
            "L" or "M" or "N" or "P" or "S" or "Z" or "C" => [.. s_ranges.Keys.Where(k => k.Length == 2 && k[0] == name[0])],
            "Cn" => [.. s_ranges.Keys.Where(k => k.Length == 2)],
            _ => [],
        };
        if (parts.Length == 0)
            return null;
        var union = CodePointSet.Union([.. parts.Select(p => Set(p)!)]);
        // What has no category is neither listed nor a surrogate; C holds it as well.
        return name == "Cn" ? union.Complement() : name == "C" ? CodePointSet.Union([union, Set("Cn")!]) : union;
    }

    /// <summary>The lines of one kind as a map from their first code point to the others.</summary>
    public static Dictionary<int, int[]> Map(char kind) => s_lines[kind].Select(Codes).ToDictionary(c => c[0], c => c[1..]);

    /// <summary>The primary composites.</summary>
    public static Dictionary<(int First, int Second), int> Composites() => s_lines['p'].Select(Codes).ToDictionary(c => (c[0], c[1]), c => c[2]);

    /// <summary>The canonical combining classes that are not 0.</summary>
    public static Dictionary<int, byte> CombiningClasses()
    {
        var classes = new Dictionary<int, byte>();
        foreach (string line in s_lines['c'])
        {
            string[] fields = line.Split(' ');
            byte cls = byte.Parse(fields[0].AsSpan(1), CultureInfo.InvariantCulture);
            int[] bounds = [.. fields[1].Split('-').Select(Hex)];
            for (int c = bounds[0]; c <= bounds[^1]; c++)
                classes.Add(c, cls);
        }

        return classes;
    }

    private static int[] Codes(string line) => [.. line.Split(' ').Skip(1).Select(Hex)];

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Read()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("Unicode.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
