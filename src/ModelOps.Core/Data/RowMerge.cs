namespace ModelOps.Core.Data;

/// <summary>Puts blocks of ordered rows into one order: each block is read once, from its beginning, a window at a time.</summary>
internal static class RowMerge
{
    public static Row[] Merge(IReadOnlyList<Row[]> blocks)
    {
        RowCursor[] heap = [.. blocks.Where(b => b.Length > 0).Select((rows, block) => new RowCursor(rows, block))];
        int common = CommonPrefix(blocks);
        foreach (RowCursor cursor in heap)
        {
            cursor.Start(common);
        }

        for (int i = (heap.Length / 2) - 1; i >= 0; i--)
        {
            Sink(heap, i, heap.Length);
        }

        var merged = new Row[blocks.Sum(b => b.Length)];
        int open = heap.Length;
        for (int i = 0; i < merged.Length; i++)
        {
            merged[i] = heap[0].Current;
            if (!heap[0].MoveNext())
            {
                heap[0] = heap[--open];
            }

            Sink(heap, 0, open);
        }

        return merged;
    }

    // Blocks are in order, so what their first and last rows have in common all rows have.
    private static int CommonPrefix(IReadOnlyList<Row[]> blocks)
    {
        ReadOnlySpan<byte> common = default;
        bool any = false;
        foreach (Row row in blocks.Where(b => b.Length > 0).SelectMany(b => new[] { b[0], b[^1] }))
        {
            ReadOnlySpan<byte> bytes = row.Canonical.Span;
            common = any ? common[..common.CommonPrefixLength(bytes)] : bytes;
            any = true;
        }

        return common.Length;
    }

    private static void Sink(RowCursor[] heap, int at, int count)
    {
        if (count == 0)
        {
            return;
        }

        RowCursor moved = heap[at];
        for (int child; (child = (2 * at) + 1) < count; at = child)
        {
            child += child + 1 < count && Compare(heap[child + 1], heap[child]) < 0 ? 1 : 0;
            if (Compare(moved, heap[child]) <= 0)
            {
                break;
            }

            heap[at] = heap[child];
        }

        heap[at] = moved;
    }

    // The eight bytes after the common beginning decide mostly; equal rows keep the order of the files.
    private static int Compare(RowCursor left, RowCursor right)
    {
        if (left.Head != right.Head)
        {
            return left.Head < right.Head ? -1 : 1;
        }

        int order = left.Bytes.SequenceCompareTo(right.Bytes);
        return order != 0 ? order : left.Block.CompareTo(right.Block);
    }

    /// <summary>A block's rows one after the other.</summary>
    private sealed class RowCursor(Row[] rows, int block)
    {
        private readonly RowWindow _window = new();
        private int _at;
        private int _common;

        public int Block => block;

        public Row Current => rows[_at];

        public ReadOnlySpan<byte> Bytes => _window.Read(Current);

        /// <summary>What follows the common beginning, as a number of the same order.</summary>
        public ulong Head { get; private set; }

        public void Start(int common)
        {
            _common = common;
            ReadHead();
        }

        public bool MoveNext()
        {
            if (++_at == rows.Length)
            {
                return false;
            }

            ReadHead();
            return true;
        }

        private void ReadHead() => Head = CanonicalOrder.Head(Bytes[_common..]);
    }
}

/// <summary>Reads the rows of one block, in order, with few reads.</summary>
internal sealed class RowWindow
{
    private const int Ahead = 32 << 10;
    private byte[] _buffer = [];
    private int _start;
    private int _filled;

    public ReadOnlySpan<byte> Read(Row row)
    {
        if (!row.Source.IsSpilled)
        {
            return row.Source.Read(row.Start, row.Length, ref _buffer);
        }

        if (row.Start < _start || row.Start + row.Length > _start + _filled)
        {
            if (_buffer.Length < row.Length || _buffer.Length == 0)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(row.Length, Ahead));
            }

            (_start, _filled) = (row.Start, 0);
            while (_filled < row.Length)
            {
                int read = row.Source.ReadAhead(_start + _filled, _buffer.AsSpan(_filled));
                _filled += read > 0 ? read : throw new IOException("The temporary file of rows is shorter than what was written to it.");
            }
        }

        return _buffer.AsSpan(row.Start - _start, row.Length);
    }
}

/// <summary>Reads the rows of a set in its order.</summary>
internal sealed class RowWindows
{
    private readonly Dictionary<RowSource, RowWindow> _windows = [];

    /// <summary>Valid until the next row of the same block is read.</summary>
    public ReadOnlySpan<byte> Read(Row row)
    {
        if (!_windows.TryGetValue(row.Source, out RowWindow? window))
        {
            _windows.Add(row.Source, window = new RowWindow());
        }

        return window.Read(row);
    }
}
