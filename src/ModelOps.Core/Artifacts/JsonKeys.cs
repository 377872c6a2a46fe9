namespace ModelOps.Core.Artifacts;

/// <summary>Comparing property names by what they mean, not by how they are escaped.</summary>
internal static class JsonKeys
{
    private const int PairwiseLimit = 12;

    /// <summary>Indices of the name nodes of an object, in RFC 8785 order (UTF-16 code units).</summary>
    public static int[] Sorted(JsonTree tree, int index)
    {
        int[] names = Names(tree, index);
        if (names.Length > PairwiseLimit)
        {
            Array.Sort(names, (a, b) => Compare(tree, a, b));
            return names;
        }

        for (int i = 1; i < names.Length; i++)
        {
            for (int j = i; j > 0 && Compare(tree, names[j - 1], names[j]) > 0; j--)
            {
                (names[j - 1], names[j]) = (names[j], names[j - 1]);
            }
        }

        return names;
    }

    public static int[] Names(JsonTree tree, int index)
    {
        var names = new int[tree[index].Count];
        int at = index + 1;
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = at;
            at = tree[at + 1].Next;
        }

        return names;
    }

    /// <summary>The name node that repeats an earlier one, or -1.</summary>
    public static int FindDuplicate(JsonTree tree, int index, int count)
    {
        if (count > PairwiseLimit)
        {
            int[] names = Names(tree, index);
            Array.Sort(names, (a, b) => Compare(tree, a, b) is not 0 and int order ? order : a.CompareTo(b));
            int earliest = -1;
            for (int i = 1; i < names.Length; i++)
            {
                if (Compare(tree, names[i - 1], names[i]) == 0 && (earliest < 0 || names[i] < earliest))
                {
                    earliest = names[i];
                }
            }

            return earliest;
        }

        int second = index + 1;
        for (int i = 0; i < count; i++, second = tree[second + 1].Next)
        {
            int first = index + 1;
            for (int j = 0; j < i; j++, first = tree[first + 1].Next)
            {
                if (Compare(tree, first, second) == 0)
                {
                    return second;
                }
            }
        }

        return -1;
    }

    public static int Compare(JsonTree tree, int left, int right) => Compare(Bytes(tree, left), Bytes(tree, right));

    /// <summary>
    /// Order of two UTF-8 texts by their UTF-16 code units. It is the order of the bytes, except that characters outside the basic plane
    /// (lead byte F0 and up; surrogates D800–DFFF in UTF-16) come before U+E000–U+FFFF (lead bytes EE and EF).
    /// </summary>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        int same = left.CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        byte a = left[same], b = right[same];
        if (a >= 0xEE && b >= 0xEE && a >= 0xF0 != b >= 0xF0)
        {
            return a >= 0xF0 ? -1 : 1;
        }

        return a.CompareTo(b);
    }

    private static ReadOnlySpan<byte> Bytes(JsonTree tree, int index) => new JsonItem(tree, index).Utf8;
}
