namespace ModelOps.Engine.Generation;

/// <summary>The rows that are decoded together: they enter as places become free, and leave when they are done.</summary>
/// <param name="places">Most rows at once.</param>
/// <param name="entering">Rows enter when so many places are free, or when nobody is left: prompts that come together are cheaper, and wait for each other.</param>
internal sealed class DecodingBatch(DecodingSession session, int places, int entering = 1)
{
    private readonly List<GenerationRow> _rows = [];

    /// <summary>Those of one adapter stand together, and those of one beginning.</summary>
    internal IReadOnlyList<GenerationRow> Rows => _rows;

    /// <summary>Rows that wait take the places that are free.</summary>
    /// <param name="next">Takes the next row if the session has memory for it; null where none waits, or where there is none.</param>
    internal void Fill(Func<Predicate<GenerationRow>, GenerationRow?> next)
    {
        if (_rows.Count > 0 && places - _rows.Count < entering)
            return;
        var arriving = new List<GenerationRow>();
        while (_rows.Count + arriving.Count < places && next(session.TryReserve) is { } row)
            arriving.Add(row);
        if (arriving.Count == 0)
            return;
        arriving.ForEach(r => r.Enter());
        session.Enter(arriving);
        _rows.AddRange(arriving);
        _rows.Sort(GenerationRow.AlikeTogether);
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
