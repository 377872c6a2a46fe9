namespace ModelOps.Core.Diagnostics;

/// <summary>Collects diagnostics from any thread; reports the first of them in the order of files and lines, and how many there are in all.</summary>
public sealed class ProblemList
{
    public const int Shown = 20;

    private readonly Lock _lock = new();
    private readonly List<(long Order, Diagnostic Diagnostic)> _items = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _items.Count;
            }
        }
    }

    /// <param name="order">Where the problem belongs; equal numbers keep the order in which they were added.</param>
    public void Add(Diagnostic diagnostic, long order = 0)
    {
        lock (_lock)
        {
            _items.Add((order, diagnostic));
        }
    }

    public IReadOnlyList<Diagnostic> InOrder()
    {
        lock (_lock)
        {
            return [.. _items.OrderBy(i => i.Order).Select(i => i.Diagnostic)];
        }
    }

    /// <summary>Reports the first <see cref="Shown"/> problems, then what <paramref name="summarize"/> makes of the number of the others.</summary>
    public void Report(IStageLog log, Func<int, IReadOnlyList<Diagnostic>, Diagnostic> summarize)
    {
        IReadOnlyList<Diagnostic> all = InOrder();
        foreach (Diagnostic diagnostic in all.Take(Shown))
        {
            log.Report(diagnostic);
        }

        foreach (Diagnostic diagnostic in all.Skip(Shown))
        {
            log.Record(diagnostic);
        }

        if (all.Count > Shown)
        {
            log.Report(summarize(all.Count - Shown, all));
        }
    }
}
