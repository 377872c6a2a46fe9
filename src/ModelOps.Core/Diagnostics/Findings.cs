namespace ModelOps.Core.Diagnostics;

/// <summary>
/// What checks found, from any thread, each with the severity that the project gives its code. Of a code so many are kept that a file can list them, the
/// others are counted: a million rows with an address each are not to fill the memory.
/// </summary>
/// <param name="severity">A diagnostic's severity; null: it is not wanted.</param>
public sealed class Findings(Func<Diagnostic, DiagnosticSeverity?>? severity = null)
{
    /// <summary>Diagnostics of one code that are kept.</summary>
    public const int KeptPerCode = 10_000;

    private readonly Lock _lock = new();
    private readonly List<(long Order, Diagnostic Diagnostic)> _kept = [];
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _found = new(StringComparer.Ordinal);

    /// <summary>How often each code was found.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>The same with what is not wanted: a fact of the data, whatever severities a project sets.</summary>
    public IReadOnlyDictionary<string, int> Found => _found;

    /// <param name="order">Where the finding belongs among those of equal severity.</param>
    public void Add(Diagnostic diagnostic, long order)
    {
        lock (_lock)
        {
            _found[diagnostic.Code] = _found.GetValueOrDefault(diagnostic.Code) + 1;
        }

        if ((severity is null ? diagnostic.Severity : severity(diagnostic)) is not { } wanted)
        {
            return;
        }

        lock (_lock)
        {
            int count = _counts[diagnostic.Code] = _counts.GetValueOrDefault(diagnostic.Code) + 1;
            if (count <= KeptPerCode)
            {
                _kept.Add((order, diagnostic with { Severity = wanted }));
            }
        }
    }

    /// <summary>The kept ones: errors before warnings before notes, each in the order of their places.</summary>
    public IReadOnlyList<Diagnostic> InOrder()
    {
        lock (_lock)
        {
            return [.. _kept.OrderByDescending(k => k.Diagnostic.Severity).ThenBy(k => k.Order).ThenBy(k => k.Diagnostic.Location?.Column ?? 0)
                .ThenBy(k => k.Diagnostic.Code, StringComparer.Ordinal).ThenBy(k => k.Diagnostic.Message, StringComparer.Ordinal).Select(k => k.Diagnostic)];
        }
    }

    /// <summary>Reports the first errors and warnings, records the rest, and says how many there are; notes are recorded only.</summary>
    /// <param name="summarize">A diagnostic for the number of those that were not shown, and the highest severity among them.</param>
    public void Report(IStageLog log, Func<int, DiagnosticSeverity, Diagnostic> summarize)
    {
        IReadOnlyList<Diagnostic> all = InOrder();
        Diagnostic[] loud = [.. all.Where(d => d.Severity != DiagnosticSeverity.Info)];
        foreach (Diagnostic diagnostic in loud.Take(ProblemList.Shown))
        {
            log.Report(diagnostic);
        }

        foreach (Diagnostic diagnostic in loud.Skip(ProblemList.Shown).Concat(all.Where(d => d.Severity == DiagnosticSeverity.Info)))
        {
            log.Record(diagnostic);
        }

        int dropped = _counts.Values.Sum(c => Math.Max(0, c - KeptPerCode));
        if (loud.Length > ProblemList.Shown)
        {
            log.Report(summarize(loud.Length - ProblemList.Shown + dropped, loud[ProblemList.Shown].Severity));
        }
    }
}
