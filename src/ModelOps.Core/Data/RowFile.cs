using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Data;

/// <summary>The row file that a worker reads.</summary>
internal static class RowFile
{
    private const int BufferSize = 1 << 20;

    public static void Write(IReadOnlyList<Row> rows, Stream stream, CancellationToken cancellation)
    {
        var windows = new RowWindows();
        byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        int filled = 0;
        foreach (Row row in rows)
        {
            int length = Length(row);
            if (filled + length > buffer.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                stream.Write(buffer, 0, filled);
                filled = 0;
                buffer = length > buffer.Length ? GC.AllocateUninitializedArray<byte>(length) : buffer;
            }

            Format(row, windows.Read(row), buffer.AsSpan(filled));
            filled += length;
        }

        stream.Write(buffer, 0, filled);
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
