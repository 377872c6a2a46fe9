using Microsoft.Win32.SafeHandles;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Data;

/// <summary>The row file that a worker reads, written in parts whose places are known before, side by side.</summary>
internal static class RowFile
{
    private const int BufferSize = 1 << 20;

    /// <summary>Rows from which a second part is worth its thread.</summary>
    private const int RowsPerPart = 10_000;

    /// <summary>Each part holds a window of every spilled block.</summary>
    private const int MaxParts = 4;

    public static void Write(IReadOnlyList<Row> rows, SafeFileHandle file)
    {
        int parts = Math.Clamp(rows.Count / RowsPerPart, 1, Math.Min(MaxParts, Environment.ProcessorCount));
        int First(int part) => (int)((long)rows.Count * part / parts);
        long[] places = new long[parts + 1];
        for (int part = 0; part < parts; part++)
        {
            places[part + 1] = places[part];
            for (int i = First(part); i < First(part + 1); i++)
            {
                places[part + 1] += Length(rows[i]);
            }
        }

        Parallel.For(0, parts, part => WritePart(rows, First(part), First(part + 1), file, places[part]));
    }

    private static void WritePart(IReadOnlyList<Row> rows, int from, int to, SafeFileHandle file, long place)
    {
        var windows = new RowWindows();
        byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        int filled = 0;
        for (int i = from; i < to; i++)
        {
            int length = Length(rows[i]);
            if (filled + length > buffer.Length)
            {
                Flush();
                buffer = length > buffer.Length ? GC.AllocateUninitializedArray<byte>(length) : buffer;
            }

            Format(rows[i], windows.Read(rows[i]), buffer.AsSpan(filled));
            filled += length;
        }

        Flush();

        void Flush()
        {
            RandomAccess.Write(file, buffer.AsSpan(0, filled), place);
            place += filled;
            filled = 0;
        }
    }

    private static int Length(Row row)
    {
        const int line = 9 + Digest.TextLength;
        return row.Shape == RowShape.Preference
            ? line + 11 + Length(row.Layout.Messages) + 10 + Length(row.Layout.Chosen) + 12 + Length(row.Layout.Rejected)
            : line + 13 + Length(row.Layout.Messages);
    }

    private static int Length(Range range) => range.End.Value - range.Start.Value;

    private static void Format(Row row, ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        Put("{\"id\":\""u8, ref target);
        row.Id.Format(target);
        target = target[Digest.TextLength..];
        Put(row.Shape == RowShape.Preference ? "\",\"prompt\":"u8 : "\",\"messages\":"u8, ref target);
        Put(bytes[row.Layout.Messages], ref target);
        if (row.Shape == RowShape.Preference)
        {
            Put(",\"chosen\":"u8, ref target);
            Put(bytes[row.Layout.Chosen], ref target);
            Put(",\"rejected\":"u8, ref target);
            Put(bytes[row.Layout.Rejected], ref target);
        }

        Put("}\n"u8, ref target);
    }

    private static void Put(ReadOnlySpan<byte> bytes, ref Span<byte> target)
    {
        bytes.CopyTo(target);
        target = target[bytes.Length..];
    }
}
