namespace ModelOps.Core.Data;

/// <summary>Reads the rows of one block, in order, with few reads.</summary>
internal sealed class RowWindow
{
    private const int Ahead = 16 << 10;
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
