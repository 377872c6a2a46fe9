using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Data;

/// <summary>Top-level properties of rows that mean nothing here: a prompt may name them, or a known name was misspelt. Counted by block, said once for a set and name.</summary>
internal sealed class UnknownFields
{
    private static readonly string[] s_known = ["messages", "prompt", "completion", "chosen", "rejected", "input", "preferred_output", "non_preferred_output", "slice", "tools", "functions"];

    private readonly Dictionary<string, (SourceLocation First, long Order, int Rows)> _found = new(StringComparer.Ordinal);

    public bool IsEmpty => _found.Count == 0;

    public static bool IsKnown(JsonItem name) => name.Utf8.SequenceEqual("slice"u8) || name.Utf8.SequenceEqual("tools"u8) || name.Utf8.SequenceEqual("functions"u8);

    public void Add(string name, SourceLocation at, long order)
        => _found[name] = _found.TryGetValue(name, out (SourceLocation First, long Order, int Rows) known) ? known with { Rows = known.Rows + 1 } : (at, order, 1);

    /// <param name="parts">Those of a set's blocks, in their order.</param>
    public static void Report(IEnumerable<UnknownFields> parts, Findings findings)
    {
        foreach (var field in parts.SelectMany(p => p._found).GroupBy(f => f.Key, StringComparer.Ordinal))
        {
            (SourceLocation first, long order, _) = field.First().Value;
            findings.Add(DataFindings.UnknownField(first, field.Key, field.Sum(f => f.Value.Rows), NearMiss.Of(field.Key, s_known.Except([field.Key]))), order);
        }
    }
}
