using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Gating;

/// <summary>The result of an evaluation as plain text: subjects by metrics, then the gates. A pure function; foreign text in it is clean.</summary>
public static class SummaryTable
{
    /// <summary>Longest line.</summary>
    public const int Columns = 100;

    private const int NameColumns = 24;
    private const int CellColumns = 22;
    private const int CellsPerBlock = (Columns - NameColumns) / (CellColumns + 2);

    /// <param name="verdict">Null before the gates were judged: the table alone.</param>
    public static IReadOnlyList<string> Lines(EvaluationReport report, Verdict? verdict = null)
    {
        var lines = new List<string>
        {
            $"{report.Items.Count} held-out rows; values with {Figure.Percent(report.Confidence)} intervals; the same rows for every subject",
        };
        lines.AddRange(Tables(report.Candidate.Metrics, report.Subjects.Select(s => (s.Name, (Func<MetricSpec, MetricValue?>)s.Find))));
        if (report.Slices.Count > 0)
        {
            lines.AddRange(["", "the candidate on slices"]);
            lines.AddRange(Tables(report.Candidate.Metrics, report.Slices.Select(slice => (slice, (Func<MetricSpec, MetricValue?>)(m => OnSlice(report.Candidate, m, slice))))));
        }

        if (report.Regression is { } regression)
        {
            lines.AddRange(["", $"{regression.Items.Count} rows of regression data, which the base model answers as well"]);
            lines.AddRange(Tables(regression.Candidate.Metrics, new[] { regression.Candidate, regression.Base }.Select(s => (s.Name, (Func<MetricSpec, MetricValue?>)s.Find))));
        }

        if (verdict is not null)
        {
            lines.Add("");
            lines.AddRange(GateLines(verdict));
        }

        return lines;
    }

    /// <summary>Blocks of as many metrics as fit beside each other.</summary>
    private static IEnumerable<string> Tables(IReadOnlyList<MetricValue> metrics, IEnumerable<(string Name, Func<MetricSpec, MetricValue?> Find)> rows)
        => metrics.Select(m => m.Spec).Chunk(CellsPerBlock).SelectMany(block => (string[])
            ["", Row("", block.Select(m => m.ToString())), .. rows.Select(row => Row(row.Name, block.Select(m => Cell(row.Find(m)))))]);

    private static MetricValue? OnSlice(SubjectReport subject, MetricSpec metric, string slice)
        => subject.Find(metric) is { } value && value.Slices.FirstOrDefault(s => s.Slice == slice) is { } part
            ? value with { Value = part.Value, Interval = part.Interval, Rows = part.Rows } : null;

    private static IEnumerable<string> GateLines(Verdict verdict)
    {
        if (verdict.Outcome == GateOutcome.Off)
        {
            yield return "gates are turned off: nothing was decided";
            yield break;
        }

        foreach (GateResult gate in verdict.Gates)
        {
            string mark = gate.Outcome switch { GateOutcome.Passed => "✓ passed", GateOutcome.Failed => "✗ failed", _ => "? inconclusive" };
            string text = gate.Outcome == GateOutcome.Inconclusive ? $"{GateText.Describe(gate)} {GateText.FurtherRows(gate)}" : GateText.Describe(gate);
            foreach (string line in Wrap($"{mark}  {text}"))
            {
                yield return line;
            }
        }

        foreach (FloorComparison floor in verdict.Floors.Where(f => !f.Beaten))
        {
            foreach (string line in Wrap($"! not shown to beat '{ForeignText.Clean(floor.Floor)}' on {ForeignText.Clean(floor.Metric.ToString())}: "
                + $"{Figure.Value(floor.CandidateValue)} against {Figure.Value(floor.FloorValue)}"))
            {
                yield return line;
            }
        }
    }

    private static string Row(string name, IEnumerable<string> cells)
        => (Fit(name, NameColumns).PadRight(NameColumns) + string.Concat(cells.Select(c => "  " + Fit(c, CellColumns).PadRight(CellColumns)))).TrimEnd();

    private static string Cell(MetricValue? metric) => metric is null ? "-" : $"{Figure.Value(metric.Value)} {Figure.Range(metric.Interval)}";

    private static string Fit(string text, int columns)
    {
        string clean = ForeignText.Clean(text, int.MaxValue);
        return clean.Length <= columns ? clean : clean[..(columns - 1)] + "…";
    }

    /// <summary>Breaks between words; lines after the first are indented.</summary>
    private static IEnumerable<string> Wrap(string text)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.TrimStart().Length > 0 && line.Length + 1 + word.Length > Columns)
            {
                yield return line;
                line = "   ";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
            for (; line.Length > Columns; line = "    " + line[Columns..])
            {
                yield return line[..Columns];
            }
        }

        yield return line;
    }
}
