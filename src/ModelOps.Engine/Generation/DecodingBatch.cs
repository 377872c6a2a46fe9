namespace ModelOps.Engine.Generation;

/// <summary>The rows that are decoded together: they enter as places become free, and leave when they are done.</summary>
/// <param name="places">Most rows at once.</param>
internal sealed class DecodingBatch(DecodingSession session, int places)
{
    private readonly List<GenerationRow> _rows = [];

    /// <summary>Those of one adapter stand together.</summary>
    internal IReadOnlyList<GenerationRow> Rows => _rows;

    /// <summary>Rows that wait take the places that are free, in their order.</summary>
    internal void Fill(LinkedList<GenerationRow> waiting)
    {
        var entering = new List<GenerationRow>();
        while (_rows.Count + entering.Count < places && waiting.First is { } next && session.TryReserve(next.Value))
        {
            entering.Add(next.Value);
            waiting.RemoveFirst();
        }

        if (entering.Count == 0)
            return;
        entering.ForEach(r => r.Enter());
        session.Enter(entering);
        _rows.AddRange(entering);
        _rows.Sort((a, b) => a.Adapter != b.Adapter ? a.Adapter.CompareTo(b.Adapter) : a.Index.CompareTo(b.Index));
    }

    /// <summary>Takes out the rows whose answers are complete.</summary>
    internal List<GenerationRow> TakeDone() => Take(row => row.IsDone);

    /// <summary>Takes rows out, whatever they have come to.</summary>
    internal List<GenerationRow> Take(Predicate<GenerationRow> which)
    {
        var taken = _rows.FindAll(which);
        taken.ForEach(session.Leave);
        _rows.RemoveAll(which);
        return taken;
    }
}
