using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting;
using ModelOps.Testing;

namespace ModelOps.Core.Tests.Reporting;

public sealed class ExportTests
{
    [Fact]
    public void JUnit_has_a_case_per_gate_and_failures_where_gates_failed()
    {
        ReportInput input = ReportCases.Whole(300);
        XElement suite = Xml(JUnitXml.Gates(input)).Element("testsuite")!;
        XElement[] cases = [.. suite.Elements("testcase")];

        Assert.Equal(input.Verdict!.Gates.Count, cases.Length);
        Assert.Equal(input.Verdict.Gates.Select(g => g.Outcome == GateOutcome.Passed ? null : g.Outcome.ToString().ToLowerInvariant()), cases.Select(c => (string?)c.Element("failure")?.Attribute("type")));
        Assert.Equal(cases.Count(c => c.Element("failure") is not null).ToString(), (string?)suite.Attribute("failures"));
        Assert.Equal("ExactMatch at least 0.70", (string?)cases[0].Attribute("name"));
        Assert.Contains("rows wrong by ExactMatch", (string?)cases.First(c => c.Element("failure") is not null).Element("system-out"), StringComparison.Ordinal);
    }

    [Fact]
    public void JUnit_has_a_case_per_row_and_a_failure_per_wrong_answer()
    {
        ReportInput input = ReportCases.Whole(120);
        XElement suite = Xml(JUnitXml.Rows(input)).Element("testsuite")!;
        int wrong = input.Report.Candidate.Find(MetricSpec.Primary)!.RowScores.Count(s => s < 1);

        Assert.Equal(120, suite.Elements("testcase").Count());
        Assert.Equal(wrong, suite.Descendants("failure").Count());
        Assert.Equal(120, suite.Elements("testcase").Select(c => (string)c.Attribute("name")!).Distinct().Count());
    }

    [Fact]
    public void Gates_that_are_off_are_skipped()
    {
        ReportInput input = ReportCases.Whole(30);
        XElement suite = Xml(JUnitXml.Gates(input with { Verdict = GateJudge.Off(input.Report.Key) })).Element("testsuite")!;

        Assert.Equal("1", (string?)suite.Attribute("skipped"));
        Assert.NotNull(Assert.Single(suite.Elements("testcase")).Element("skipped"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Hostile_answers_are_harmless_in_every_export(bool huge)
    {
        ReportInput input = ReportCases.Whole(40, hostile: true);
        if (huge)
        {
            var candidate = input.Report.Candidate;
            candidate = candidate with { Run = candidate.Run with { Answers = [.. candidate.Run.Answers.Select(a => a with { Text = string.Concat(Enumerable.Repeat(ReportCases.Hostile, 5000)) })] } };
            input = input with { Report = input.Report with { Subjects = [candidate, .. input.Report.Subjects.Skip(1)] } };
        }

        string[] exports = [.. ((byte[][])[JUnitXml.Gates(input), JUnitXml.Rows(input), Encoding.UTF8.GetBytes(SummaryMarkdown.Write(input))]).Select(Encoding.UTF8.GetString)];

        Assert.All(exports, text =>
        {
            Assert.True(text.Length < 400_000, $"{text.Length} characters");
            Assert.DoesNotMatch(@"##vso|##\[|##teamcity|(?m)::error|<script|<img", text);
            Assert.DoesNotMatch("[\0-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2028\u2029\ufffe\uffff]", text);
        });
        _ = Xml(JUnitXml.Rows(input));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(300, false)]
    [InlineData(60, true)]
    public void Test_results_have_the_shape_of_their_format(int rows, bool hostile)
    {
        ReportInput input = ReportCases.Whole(rows, hostile);
        ReportInput[] inputs = [input, input with { Verdict = GateJudge.Off(input.Report.Key) }, input with { Verdict = input.Verdict! with { Gates = [] } }];
        Assert.All(inputs.SelectMany(i => (byte[][])[JUnitXml.Gates(i), JUnitXml.Rows(i)]), file => Assert.Empty(JUnitShape.Problems(file)));
    }

    // A check that accepts everything would accept the files too.
    [Fact]
    public void The_shape_of_test_results_refuses_what_is_none()
    {
        string good = Encoding.UTF8.GetString(JUnitXml.Gates(ReportCases.Whole(300)));
        Assert.Empty(JUnitShape.Problems(Encoding.UTF8.GetBytes(good)));
        (string, string)[] damages = [("tests=\"", "tests=\"1"), ("<testcase ", "<testcase id=\"1\" "), ("type=\"failed\"", "type=\"bad\""), (" time=\"0\"", ""), ("system-out>", "system-err>"), ("failure ", "error ")];
        Assert.All(damages, damage =>
        {
            string damaged = good.Replace(damage.Item1, damage.Item2, StringComparison.Ordinal);
            Assert.NotEqual(good, damaged);
            Assert.NotEmpty(JUnitShape.Problems(Encoding.UTF8.GetBytes(damaged)));
        });
    }

    [Fact]
    public void Findings_have_the_shape_of_their_format_wherever_they_are()
    {
        string root = Path.GetFullPath("/repo");
        SourceLocation?[] places =
        [
            null, new SourceLocation("/repo/a.csproj"), new SourceLocation("/repo/data/a b#?%20.jsonl", 3), new SourceLocation("/repo/ü/\u202e.jsonl", 3, 9), new SourceLocation("/elsewhere/x.jsonl", 1, 1),
            new SourceLocation(""), new SourceLocation("relative.jsonl", 2),
        ];
        SarifFinding[] findings = [.. places.SelectMany((place, i) => new[] { DiagnosticSeverity.Error, DiagnosticSeverity.Warning, DiagnosticSeverity.Info }
            .Select(severity => new SarifFinding("Gate", new Diagnostic($"MOPS500{i % 4}", severity, $"{i} {ForeignText.Clean(ReportCases.Hostile)}", place))))];
        Assert.All((SarifFinding[][])[[], findings[..1], findings], some =>
        {
            using JsonDocument log = JsonDocument.Parse(SarifLog.Write(some, root));
            Assert.Empty(SarifShape.Problems(log.RootElement));
            Assert.Equal(some.Length, log.RootElement.GetProperty("runs")[0].GetProperty("results").GetArrayLength());
        });

        string good = Encoding.UTF8.GetString(SarifLog.Write(findings, root));
        (string, string)[] damages = [("\"level\": \"note\"", "\"level\": \"info\""), ("\"startLine\": 3", "\"startLine\": 0"), ("\"ruleIndex\": 1", "\"ruleIndex\": 2"), ("\"uriBaseId\": \"ROOT\"", "\"uriBaseId\": \"SRC\""), ("\"text\"", "\"txt\"")];
        Assert.All(damages, damage =>
        {
            Assert.Contains(damage.Item1, good, StringComparison.Ordinal);
            using JsonDocument log = JsonDocument.Parse(good.Replace(damage.Item1, damage.Item2, StringComparison.Ordinal));
            Assert.NotEmpty(SarifShape.Problems(log.RootElement));
        });
    }

    [Fact]
    public void Summary_says_verdict_changes_and_a_few_wrong_answers()
    {
        string text = SummaryMarkdown.Write(ReportCases.Whole(300));

        Assert.StartsWith("## Contoso\\.TicketTriage: gates failed\n", text, StringComparison.Ordinal);
        Assert.Matches(@"On the 270 common rows: \d+ fixed, \d+ broken, \d+ other answers; ExactMatch \+0\.\d{3} \[", text);
        Assert.Equal(10, Regex.Count(text, @"(?m)^\| \d+ \|"));
        Assert.True(text.Length < 60_000);
    }

    [Fact]
    public void Sarif_comes_back_as_it_was_written_and_names_places_from_the_root()
    {
        string root = Path.GetFullPath("/repo");
        SarifFinding[] findings =
        [
            new("Validate", Diagnostic.Error("MOPS1001", $"Bad row: {ForeignText.Clean(ReportCases.Hostile)}", new SourceLocation(Path.Combine(root, "Triage", "data", "a b#.jsonl"), 12, 7))),
            new("Gate", Diagnostic.Warning("MOPS5009", "Not above the floor.")),
            new("Gate", Diagnostic.Error("MOPS5001", "Gate failed.", new SourceLocation(Path.Combine(root, "Triage", "Triage.csproj")))),
        ];
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "modelops.sarif");
        File.WriteAllBytes(file, SarifLog.Write(findings, root));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement run = json.RootElement.GetProperty("runs")[0], first = run.GetProperty("results")[0];
        JsonElement place = first.GetProperty("locations")[0].GetProperty("physicalLocation");

        Assert.Equal("Triage/data/a%20b%23.jsonl", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal((12, 7), (place.GetProperty("region").GetProperty("startLine").GetInt32(), place.GetProperty("region").GetProperty("startColumn").GetInt32()));
        Assert.Equal(["MOPS1001", "MOPS5001", "MOPS5009"], run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(r => r.GetProperty("id").GetString()));
        Assert.All(run.GetProperty("results").EnumerateArray(), r => Assert.Equal(
            r.GetProperty("ruleId").GetString(), run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[r.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString()));
        Assert.Equal(findings, SarifLog.Read(file, root));
        Assert.Empty(SarifLog.Read(Path.Combine(folder.Path, "missing"), root));
        File.WriteAllText(file, "{\"runs\":[{}]}");
        Assert.Empty(SarifLog.Read(file, root));
    }

    private static XElement Xml(byte[] bytes) => XDocument.Load(new MemoryStream(bytes)).Root!;
}
