namespace ModelOps.Core.Data;

/// <summary>Puts blocks of ordered rows into one order: each block is read once, from its beginning, a window at a time.</summary>
internal static class RowMerge
{
    public static Row[] Merge(IReadOnlyList<Row[]> blocks)
    {
        RowCursor[] cursors = [.. blocks.Where(b => b.Length > 0).Select((rows, block) => new RowCursor(rows, block))];
        var heap = new PriorityQueue<RowCursor, RowCursor>(cursors.Length, Comparer<RowCursor>.Create(Compare));
        foreach (RowCursor cursor in cursors)
        {
            heap.Enqueue(cursor, cursor);
        }

        var merged = new Row[blocks.Sum(b => b.Length)];
        for (int i = 0; i < merged.Length; i++)
        {
            RowCursor first = heap.Dequeue();
            merged[i] = first.Current;
            if (first.MoveNext())
            {
                heap.Enqueue(first, first);
            }
        }

        return merged;
    }

    // Equal rows keep the order of the files.
    private static int Compare(RowCursor left, RowCursor right)
    {
        int order = left.Bytes.SequenceCompareTo(right.Bytes);
        return order != 0 ? order : left.Block.CompareTo(right.Block);
    }

    /// <summary>A block's rows one after the other.</summary>
    private sealed class RowCursor(Row[] rows, int block)
    {
        private readonly RowWindow _window = new();
        private int _at;

        public int Block => block;

        public Row Current => rows[_at];

        public ReadOnlySpan<byte> Bytes => _window.Read(Current);

        public bool MoveNext() => ++_at < rows.Length;
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
