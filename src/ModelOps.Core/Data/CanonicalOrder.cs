using System.Buffers.Binary;

namespace ModelOps.Core.Data;

/// <summary>Rows by their canonical bytes. Equal rows keep the order of the files, so that their locations too are the same in every run.</summary>
internal static class CanonicalOrder
{
    public static void Sort(Row[] rows)
    {
        if (rows.Length < 2)
        {
            return;
        }

        // All rows start alike; the eight bytes after that decide nearly every comparison without a look at the rows.
        int common = CommonPrefix(rows);
        var keys = new Key[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            keys[i] = new Key(Head(rows[i].Canonical.Span[common..]), i);
        }

        Row[] before = [.. rows];
        keys.AsSpan().Sort((x, y) =>
        {
            int order = x.Head.CompareTo(y.Head);
            if (order == 0)
            {
                order = before[x.Index].Canonical.Span.SequenceCompareTo(before[y.Index].Canonical.Span);
            }

            return order != 0 ? order : x.Index.CompareTo(y.Index);
        });
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = before[keys[i].Index];
        }
    }

    // Padded with zeros, which canonical JSON never has, so that a shorter text still comes first.
    private static ulong Head(ReadOnlySpan<byte> rest)
    {
        Span<byte> head = stackalloc byte[sizeof(ulong)];
        rest[..Math.Min(rest.Length, head.Length)].CopyTo(head);
        return BinaryPrimitives.ReadUInt64BigEndian(head);
    }

    private static int CommonPrefix(Row[] rows)
    {
        ReadOnlySpan<byte> common = rows[0].Canonical.Span;
        foreach (Row row in rows)
        {
            common = common[..common.CommonPrefixLength(row.Canonical.Span)];
        }

        return common.Length;
    }

    private readonly record struct Key(ulong Head, int Index);
}
