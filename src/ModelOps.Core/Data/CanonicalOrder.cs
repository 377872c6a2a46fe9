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
        var heads = new ulong[rows.Length];
        var order = new int[rows.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        var open = new Stack<(int Start, int End)>();
        open.Push((0, rows.Length));
        while (open.TryPop(out (int Start, int End) run))
        {
            SortRun(before, heads.AsSpan(run.Start..run.End), order.AsSpan(run.Start..run.End), run.Start, open);
        }

        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = before[order[i]];
        }
    }

    private static void SortRun(Row[] rows, Span<ulong> heads, Span<int> order, int start, Stack<(int Start, int End)> open)
    {
        int common = CommonPrefix(rows, order, out bool allEqual);
        if (allEqual)
        {
            order.Sort();
            return;
        }

        for (int i = 0; i < order.Length; i++)
        {
            heads[i] = Head(rows[order[i]].Canonical.Span[common..]);
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
    internal static ulong Head(ReadOnlySpan<byte> rest)
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

    private static int CommonPrefix(Row[] rows, ReadOnlySpan<int> order, out bool allEqual)
    {
        ReadOnlySpan<byte> first = rows[order[0]].Canonical.Span, common = first;
        allEqual = true;
        foreach (int index in order[1..])
        {
            ReadOnlySpan<byte> row = rows[index].Canonical.Span;
            common = common[..common.CommonPrefixLength(row)];
            allEqual &= row.Length == first.Length;
        }

        allEqual &= common.Length == first.Length;
        return common.Length;
    }
}
