using System.Buffers.Binary;

namespace ModelOps.Core.Data;

/// <summary>
/// Rows by their canonical bytes; equal rows keep the order of the files, so that their locations too are the same in every run. Sorts by the eight
/// bytes after what a run of rows has in common, then each run that these do not decide in the same way (most significant digits first).
/// </summary>
internal static class CanonicalOrder
{
    public static void Sort(Row[] rows)
    {
        if (rows.Length < 2)
        {
            return;
        }

        Row[] before = [.. rows];
        int[] order = Of([.. rows.Select(r => r.Canonical)]);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = before[order[i]];
        }
    }

    /// <summary>Which text is the first, the second…</summary>
    public static int[] Of(ReadOnlyMemory<byte>[] texts)
    {
        var heads = new ulong[texts.Length];
        int[] order = [.. Enumerable.Range(0, texts.Length)];
        var open = new Stack<(int Start, int End)>();
        open.Push((0, texts.Length));
        while (open.TryPop(out (int Start, int End) run))
        {
            if (run.End - run.Start > 1)
            {
                SortRun(texts, heads.AsSpan(run.Start..run.End), order.AsSpan(run.Start..run.End), run.Start, open);
            }
        }

        return order;
    }

    private static void SortRun(ReadOnlyMemory<byte>[] texts, Span<ulong> heads, Span<int> order, int start, Stack<(int Start, int End)> open)
    {
        int common = CommonPrefix(texts, order, out bool allEqual);
        if (allEqual)
        {
            order.Sort();
            return;
        }

        for (int i = 0; i < order.Length; i++)
        {
            heads[i] = Head(texts[order[i]].Span[common..]);
        }

        heads.Sort(order);
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && heads[to] == heads[from];)
            {
                to++;
            }

            if (to - from > 1)
            {
                open.Push((start + from, start + to));
            }
        }
    }

    // Padded with zeros, which canonical JSON never has, so that a shorter text still comes first.
    private static ulong Head(ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(rest);
        }

        Span<byte> head = stackalloc byte[sizeof(ulong)];
        head.Clear();
        rest.CopyTo(head);
        return BinaryPrimitives.ReadUInt64BigEndian(head);
    }

    private static int CommonPrefix(ReadOnlyMemory<byte>[] texts, ReadOnlySpan<int> order, out bool allEqual)
    {
        ReadOnlySpan<byte> first = texts[order[0]].Span, common = first;
        allEqual = true;
        foreach (int index in order[1..])
        {
            ReadOnlySpan<byte> text = texts[index].Span;
            common = common[..common.CommonPrefixLength(text)];
            allEqual &= text.Length == first.Length;
        }

        allEqual &= common.Length == first.Length;
        return common.Length;
    }
}
