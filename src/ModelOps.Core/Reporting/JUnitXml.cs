using System.Globalization;
using System.Text;
using System.Xml;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Sections;

namespace ModelOps.Core.Reporting;

/// <summary>
/// The result in the XML that CI systems read as test results (the schema of the Jenkins xUnit plug-in, <c>junit-10.xsd</c>). Two files, because a wrong answer is
/// no failed build: the gates, and every held-out row.
/// </summary>
public static class JUnitXml
{
    private const int RowsNamed = 50;
    private const int TextLength = 1000;

    /// <summary>Every gate as a test case.</summary>
    public static byte[] Gates(ReportInput input)
    {
        Verdict verdict = input.Verdict ?? throw new ArgumentException("Nothing was judged.", nameof(input));
        string wrong = WrongRows(input.Report);
        Case[] cases = verdict.Outcome == GateOutcome.Off
            ? [new Case("gates", "skipped", "Gates were turned off for this build: nothing was decided.", null)]
            : [.. verdict.Gates.Select(gate => OfGate(gate, wrong))];
        return Write($"{input.Title} gates", cases);
    }

    /// <summary>Every row as a test case; an answer that is not right is a failure.</summary>
    public static byte[] Rows(ReportInput input)
    {
        EvaluationReport report = input.Report;
        MetricValue? deciding = MetricText.Deciding(report.Candidate);
        return Write($"{input.Title} rows", deciding is null ? [] : [.. report.Items.Index().Select(row => OfRow(report, deciding, row.Index))]);
    }

    private static Case OfGate(GateResult gate, string wrong)
    {
        string name = $"{gate.Metric} {GateText.Bound(gate)}", found = GateText.Describe(gate);
        return gate.Outcome switch
        {
            GateOutcome.Passed => new Case(name, null, "", found),
            GateOutcome.Inconclusive when gate.InconclusiveAs == InconclusiveAs.Warning => new Case(name, "skipped", $"Inconclusive, accepted as a warning. {found}", found),
            GateOutcome.Inconclusive => new Case(name, "inconclusive", $"{found} {GateText.FurtherRows(gate)}", wrong),
            _ => new Case(name, "failed", found, wrong),
        };
    }

    private static Case OfRow(EvaluationReport report, MetricValue deciding, int row)
    {
        EvaluationItem item = report.Items[row];
        string name = $"row {(row + 1).ToString(CultureInfo.InvariantCulture)}: {ForeignText.Clean(item.Input, 100)}";
        return deciding.RowScores[row] >= 1 ? new Case(name, null, "", null) : new Case(
            name,
            "wrong",
            $"expected {ForeignText.Clean(item.Reference, TextLength)}, said {ForeignText.Clean(report.Candidate.Run.Answers[row].Text, TextLength)}",
            $"input {ForeignText.Clean(item.Input, TextLength)}");
    }

    private static string WrongRows(EvaluationReport report)
    {
        if (MetricText.Deciding(report.Candidate) is not { } deciding)
        {
            return "";
        }

        int[] wrong = [.. Enumerable.Range(0, report.Items.Count).Where(row => deciding.RowScores[row] < 1)];
        string more = wrong.Length > RowsNamed ? $"\n… and {wrong.Length - RowsNamed} more" : "";
        return $"{wrong.Length} of {report.Items.Count} rows wrong by {deciding.Spec.Name}:\n" + string.Join('\n', wrong.Take(RowsNamed).Select(row =>
            $"row {row + 1}: expected {ForeignText.Clean(report.Items[row].Reference)}, said {ForeignText.Clean(report.Candidate.Run.Answers[row].Text)}")) + more;
    }

    private static byte[] Write(string suite, IReadOnlyList<Case> cases)
    {
        using var stream = new MemoryStream();
        var settings = new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true, NewLineChars = "\n" };
        using (var xml = XmlWriter.Create(stream, settings))
        {
            string tests = Figure.Whole(cases.Count), failures = Figure.Whole(cases.Count(c => c.Result is not null and not "skipped")), skipped = Figure.Whole(cases.Count(c => c.Result == "skipped"));
            xml.WriteStartElement("testsuites");
            Attributes(xml, ("name", "ModelOps"), ("tests", tests), ("failures", failures), ("errors", "0"));
            xml.WriteStartElement("testsuite");
            Attributes(xml, ("name", Name(suite)), ("tests", tests), ("failures", failures), ("errors", "0"), ("skipped", skipped), ("time", "0"));
            foreach (Case test in cases)
            {
                WriteCase(xml, Name(suite), test);
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void WriteCase(XmlWriter xml, string suite, Case test)
    {
        xml.WriteStartElement("testcase");
        Attributes(xml, ("classname", suite), ("name", Name(test.Name)), ("time", "0"));
        if (test.Result is { } result)
        {
            xml.WriteStartElement(result == "skipped" ? "skipped" : "failure");
            Attributes(xml, result == "skipped" ? [("message", Name(test.Message))] : [("message", Name(test.Message)), ("type", result)]);
            xml.WriteEndElement();
        }

        if (test.Output is { Length: > 0 } output)
        {
            xml.WriteElementString("system-out", output);
        }

        xml.WriteEndElement();
    }

    private static void Attributes(XmlWriter xml, params (string Name, string Value)[] attributes)
    {
        foreach ((string name, string value) in attributes)
        {
            xml.WriteAttributeString(name, value);
        }
    }

    private static string Name(string text) => ForeignText.Clean(text, 2 * TextLength + 100);

    /// <param name="Result">Null: passed.</param>
    /// <param name="Output">Clean already; lines may be several.</param>
    private sealed record Case(string Name, string? Result, string Message, string? Output);
}
