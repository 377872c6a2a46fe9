using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;

namespace ModelOps.Core.Reporting.Data;

/// <summary>What the data report and the data card are made of.</summary>
public sealed record DataReportInput
{
    /// <summary>The project.</summary>
    public required string Title { get; init; }

    /// <summary>The sets that could be read.</summary>
    public IReadOnlyList<SetSummary> Sets { get; init; } = [];

    /// <summary>What is wrong or doubtful, with places relative to the project.</summary>
    public IReadOnlyList<Diagnostic> Problems { get; init; } = [];

    /// <summary>How often each code was found; more than <see cref="Problems"/> has where those are too many to list.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; init; } = new Dictionary<string, int>();

    /// <summary>How often each code was found, wanted or not.</summary>
    public IReadOnlyDictionary<string, int> Found { get; init; } = new Dictionary<string, int>();

    /// <summary>What was made of raw sources; null in projects without.</summary>
    public PreparedRecord? Prepared { get; init; }

    /// <summary>Licences by set, as the project names them.</summary>
    public IReadOnlyDictionary<DatasetKind, IReadOnlyList<string>> Licenses { get; init; } = new Dictionary<DatasetKind, IReadOnlyList<string>>();

    /// <summary>Code, highest severity, how often, and the first message, the worst first.</summary>
    internal IReadOnlyList<(string Code, DiagnosticSeverity Severity, int Count, string First)> ByCode =>
    [
        .. Problems.GroupBy(p => p.Code, StringComparer.Ordinal)
            .Select(g => (Code: g.Key, Severity: g.Max(p => p.Severity), Count: Math.Max(g.Count(), Counts.GetValueOrDefault(g.Key)), First: g.First().Message))
            .OrderByDescending(p => p.Severity).ThenBy(p => p.Code, StringComparer.Ordinal),
    ];
}
