using System.Globalization;

namespace ModelOps.Engine.Tokenization.Patterns;

/// <summary>An immutable set of Unicode code points, kept as the places where membership changes.</summary>
internal sealed class CodePointSet
{
    private const int End = 0x110000;

    // Ascending; a code point is in the set where an odd number of bounds is at or below it.
    private readonly int[] _bounds;
    // The basic plane, which nearly all text is of; made when a first character is asked for.
    private ulong[]? _bitmap;

    private CodePointSet(int[] bounds) => _bounds = bounds;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([0, End]);

    public static CodePointSet Of(int codePoint) => Range(codePoint, codePoint);

    /// <summary>Both ends belong to it.</summary>
    public static CodePointSet Range(int first, int last) => new([first, last + 1]);

    /// <summary>Hexadecimal code points and ranges such as <c>41-5A</c>, ascending, with a space between them.</summary>
    public static CodePointSet Parse(ReadOnlySpan<char> ranges)
    {
        var bounds = new List<int>();
        foreach (var range in ranges.Split(' '))
        {
            var text = ranges[range];
            int dash = text.IndexOf('-');
            bounds.Add(int.Parse(dash < 0 ? text : text[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            bounds.Add(1 + (dash < 0 ? bounds[^1] : int.Parse(text[(dash + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
        }

        return new CodePointSet([.. bounds]);
    }

    public static CodePointSet Union(params ReadOnlySpan<CodePointSet> sets)
    {
        // +1 where a range begins and -1 where one ends; within the union while the sum is positive.
        var changes = new List<(int At, int By)>();
        foreach (var set in sets)
        {
            for (int i = 0; i < set._bounds.Length; i++)
                changes.Add((set._bounds[i], i % 2 == 0 ? 1 : -1));
        }

        var bounds = new List<int>();
        int depth = 0;
        foreach (var group in changes.GroupBy(c => c.At, c => c.By).OrderBy(g => g.Key))
        {
            int before = depth;
            depth += group.Sum();
            if (before > 0 != depth > 0)
                bounds.Add(group.Key);
        }

        return new CodePointSet([.. bounds]);
    }

    public CodePointSet Complement() => new(_bounds switch
    {
        [0, .., End] => _bounds[1..^1],
        [0, ..] => [.. _bounds[1..], End],
        [.., End] => [0, .. _bounds[..^1]],
        _ => [0, .. _bounds, End],
    });

    public CodePointSet Intersect(CodePointSet other) => Union(Complement(), other.Complement()).Complement();

    /// <summary>With every other case of what is in it.</summary>
    public CodePointSet WithAllCases()
    {
        var sets = new List<CodePointSet> { this };
        foreach (int[] fold in UnicodeTables.Folds)
        {
            if (Array.Exists(fold, Contains))
                sets.AddRange(fold.Select(Of));
        }

        return sets.Count == 1 ? this : Union([.. sets]);
    }

    public bool Contains(int codePoint)
    {
        if ((uint)codePoint < 0x10000)
            return Contains((char)codePoint);
        int at = Array.BinarySearch(_bounds, codePoint);
        return (at >= 0 ? at + 1 : ~at) % 2 != 0;
    }

    public bool Contains(char c) => ((_bitmap ?? MakeBitmap())[c >> 6] >> c & 1) != 0;

    private ulong[] MakeBitmap()
    {
        var bitmap = new ulong[0x10000 / 64];
        for (int i = 0; i + 1 < _bounds.Length; i += 2)
        {
            for (int c = _bounds[i]; c < Math.Min(_bounds[i + 1], 0x10000); c++)
                bitmap[c >> 6] |= 1ul << c;
        }

        return _bitmap = bitmap;
    }
}
