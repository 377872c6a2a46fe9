using System.Buffers;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Data;

/// <summary>
/// Puts blocks of ordered rows into one order: texts from a sample cut the set into parts of about equal size, each of which is read and put in order by itself, so that parts are done in
/// parallel and few bytes are in memory at a time (samplesort; Frazer and McKellar, 1970). Where the cuts are does not change the order.
/// </summary>
internal static class RowMerge
{
    /// <summary>Sampled rows per part: parts are then seldom twice as large as wanted.</summary>
    private const int SamplesPerPart = 32;

    /// <summary>Bytes of a sampled row that are held; rows that are alike for longer stay in one part.</summary>
    private const int SampleLength = 64 << 10;

    /// <param name="partSize">Bytes of a part. A part of rows that cannot be told apart is larger; equal rows are in memory once.</param>
    public static Row[] Merge(IReadOnlyList<Row[]> blocks, long partSize, CancellationToken cancellation)
    {
        Row[][] full = [.. blocks.Where(b => b.Length > 0)];
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        byte[][] cuts = Cuts(full, partSize);
        var starts = new int[full.Length][];
        Parallel.For(0, full.Length, options, i => starts[i] = Split(full[i], cuts));

        var merged = new Row[full.Sum(b => b.Length)];
        int[] places = new int[cuts.Length + 2];
        for (int part = 0; part <= cuts.Length; part++)
        {
            places[part + 1] = places[part] + starts.Sum(s => s[part + 1] - s[part]);
        }

        // One buffer a thread: what each part loaded anew would be a gigabyte of garbage.
        Parallel.For(0, cuts.Length + 1, options, () => Array.Empty<byte>(), (part, _, buffer) =>
        {
            var slices = full.Select((rows, i) => new ArraySegment<Row>(rows, starts[i][part], starts[i][part + 1] - starts[i][part])).Where(s => s.Count > 0);
            return Order([.. slices], merged.AsSpan(places[part]..places[part + 1]), 2 * partSize, buffer);
        }, _ => { });
        return merged;
    }

    /// <summary>Texts between which the parts lie, in order.</summary>
    private static byte[][] Cuts(Row[][] blocks, long partSize)
    {
        int rows = blocks.Sum(b => b.Length), parts = (int)Math.Min(rows, blocks.Sum(b => b.Sum(r => (long)r.Length)) / partSize);
        if (parts < 2)
        {
            return [];
        }

        int step = Math.Max(1, rows / (parts * SamplesPerPart));
        var samples = new List<ReadOnlyMemory<byte>>();
        int next = step / 2;
        foreach (Row[] block in blocks)
        {
            for (; next < block.Length; next += step)
            {
                samples.Add(block[next].Source.Read(block[next].Start, Math.Min(SampleLength, block[next].Length)));
            }

            next -= block.Length;
        }

        int[] order = CanonicalOrder.Of([.. samples]);
        return [.. Enumerable.Range(1, parts - 1).Select(i => samples[order[(int)((long)i * samples.Count / parts)]].ToArray())];
    }

    /// <summary>Where in the block each part starts, and where the last one ends.</summary>
    private static int[] Split(Row[] rows, byte[][] cuts)
    {
        int[] starts = new int[cuts.Length + 2];
        starts[^1] = rows.Length;
        if (cuts.Length > 0)
        {
            using var bytes = RowBytes.Load(rows);
            for (int part = 1, from = 0; part <= cuts.Length; part++)
            {
                for (int to = rows.Length; from < to;)
                {
                    int middle = (from + to) / 2;
                    (from, to) = bytes.Of(rows[middle]).Span.SequenceCompareTo(cuts[part - 1]) < 0 ? (middle + 1, to) : (from, middle);
                }

                starts[part] = from;
            }
        }

        return starts;
    }

    /// <returns>The buffer, or a larger one.</returns>
    private static byte[] Order(ArraySegment<Row>[] slices, Span<Row> target, long most, byte[] buffer)
    {
        var rows = new Row[target.Length];
        var texts = new ReadOnlyMemory<byte>[target.Length];
        long size = slices.Sum(s => s.Sum(r => (long)r.Length));
        Dictionary<Digest, ReadOnlyMemory<byte>>? known = size > most ? [] : null;
        if (known is null && buffer.Length < size)
        {
            buffer = GC.AllocateUninitializedArray<byte>((int)(size + (size / 4)));
        }

        (int at, int filled) = (0, 0);
        foreach (ArraySegment<Row> slice in slices)
        {
            RowSource source = slice[0].Source;
            int start = slice[0].Start, length = slice[^1].Start + slice[^1].Length - start;
            bool load = known is null && source.IsSpilled;
            if (load)
            {
                source.Read(start, buffer.AsSpan(filled, length));
            }

            foreach (Row row in slice)
            {
                rows[at] = row;
                texts[at++] = known is not null ? Known(row, known) : load ? buffer.AsMemory(filled + row.Start - start, row.Length) : source.Memory.Slice(row.Start, row.Length);
            }

            filled += load ? length : 0;
        }

        int[] order = CanonicalOrder.Of(texts);
        for (int i = 0; i < order.Length; i++)
        {
            target[i] = rows[order[i]];
        }

        return buffer;
    }

    private static ReadOnlyMemory<byte> Known(Row row, Dictionary<Digest, ReadOnlyMemory<byte>> known)
        => known.TryGetValue(row.Id, out ReadOnlyMemory<byte> bytes) ? bytes : known[row.Id] = row.Canonical;

    /// <summary>The bytes of neighbouring rows of one block, read at once.</summary>
    private sealed class RowBytes(RowSource source, int start, byte[]? buffer) : IDisposable
    {
        public static RowBytes Load(IReadOnlyList<Row> rows)
        {
            RowSource source = rows[0].Source;
            if (!source.IsSpilled)
            {
                return new RowBytes(source, 0, null);
            }

            int start = rows[0].Start, length = rows[^1].Start + rows[^1].Length - start;
            byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
            source.Read(start, buffer.AsSpan(0, length));
            return new RowBytes(source, start, buffer);
        }

        public ReadOnlyMemory<byte> Of(Row row) => buffer is null ? source.Memory.Slice(row.Start, row.Length) : buffer.AsMemory(row.Start - start, row.Length);

        public void Dispose()
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
