namespace ModelOps.Engine.Generation;

/// <summary>
/// Rows that wait, in their order, divided among several who decode: each begins with a range of neighbours, which share what they begin with, and then takes
/// from the end of the longest range that is left. Safe for several threads.
/// </summary>
internal sealed class WaitingRows
{
    private readonly IReadOnlyList<GenerationRow> _rows;
    private readonly Lock _gate = new();
    private readonly int[] _first;
    private readonly int[] _end;

    internal WaitingRows(IReadOnlyList<GenerationRow> rows, int takers)
    {
        _rows = rows;
        _first = [.. Enumerable.Range(0, takers).Select(taker => rows.Count * taker / takers)];
        _end = [.. _first.Skip(1), rows.Count];
    }

    /// <summary>The next row; null where none waits, or where it does not fit.</summary>
    internal GenerationRow? Take(int taker, Predicate<GenerationRow> fits)
    {
        lock (_gate)
        {
            bool own = _first[taker] < _end[taker];
            int range = own ? taker : Enumerable.Range(0, _first.Length).MaxBy(other => _end[other] - _first[other]);
            if (_first[range] == _end[range])
                return null;
            var next = _rows[own ? _first[range] : _end[range] - 1];
            if (!fits(next))
                return null;
            if (own)
                _first[range]++;
            else
                _end[range]--;
            return next;
        }
    }
}
