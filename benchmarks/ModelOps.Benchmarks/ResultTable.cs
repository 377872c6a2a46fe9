using System.Globalization;

namespace ModelOps.Benchmarks;

/// <summary>Keeps the table in <c>benchmarks/README.md</c>: one row per measure, replaced when it is measured again.</summary>
internal static class ResultTable
{
    private const string Begin = "<!-- results -->";
    private const string End = "<!-- end of results -->";
    private const string Header = "| measure | ours | peer | unit | ratio | 95 % interval | bound | pass | measured |\n|---|---|---|---|---|---|---|---|---|";

    public static void Update(string readme, IReadOnlyList<Outcome> outcomes, string date)
    {
        string text = File.ReadAllText(readme);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < Begin.Length || end < begin)
        {
            throw new InvalidDataException($"{readme} has no '{Begin}' … '{End}' block.");
        }

        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text[begin..end].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)))
        {
            rows[line.Split('`')[1]] = line;
        }

        foreach (Outcome o in outcomes)
        {
            rows[o.Name] = string.Create(CultureInfo.InvariantCulture,
                $"| `{o.Name}` | {o.Ours} | {o.Peer} | {o.Unit} | {o.Ratio} | {o.Ci95[0]}–{o.Ci95[1]} | {o.Op} {o.Bound} | {(o.Pass ? "yes" : "**no**")} | {date} |");
        }

        File.WriteAllText(readme, $"{text[..begin]}\n{Header}\n{string.Join('\n', rows.Values)}\n{text[end..]}");
    }
}
