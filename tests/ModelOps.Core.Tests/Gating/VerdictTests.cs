using System.Text;
using System.Text.Json.Nodes;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;
using static ModelOps.Core.Tests.Gating.GateJudgeTests;

namespace ModelOps.Core.Tests.Gating;

public sealed class VerdictTests : IDisposable
{
    private static readonly EvaluationReport s_report = Report(
        SameItems(60),
        [MetricSpec.Primary, new MetricSpec("JsonValid"), new MetricSpec("MacroF1"), new MetricSpec("MicroF1")],
        RightWhere("candidate", SubjectKind.Candidate, Share(60, 50)),
        RightWhere("few-shot|*a*", SubjectKind.Baseline, Share(60, 20)),
        RightWhere("a-prompt-with-a-name-that-is-much-too-long-for-a-table", SubjectKind.Baseline, Share(60, 19)),
        RightWhere("floor:nearest", SubjectKind.Floor, Share(60, 49)));

    private static readonly Verdict s_verdict = GateJudge.Decide(s_report,
    [
        new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.8, MinimumGain = 0.1, InconclusiveAs = InconclusiveAs.Warning, Location = new SourceLocation("a.csproj", 3, 1) },
        new GateDefinition { Metric = new MetricSpec("JsonValid"), Minimum = 0.9 },
    ]);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("verdict");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_verdict_is_written_without_paths_and_read_back_the_same()
    {
        byte[] bytes = VerdictJson.Write(s_verdict);
        Verdict read = VerdictJson.Read(File(bytes));
        Assert.Equal(bytes, VerdictJson.Write(read));
        Assert.DoesNotContain("csproj", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal((GateOutcome.Failed, s_report.Key, false), (read.Outcome, read.EvaluationKey, read.MayShip));
        Assert.Equal(s_verdict.Gates.Select(g => g with { Location = null }), read.Gates);
        Assert.Equal(s_verdict.Floors, read.Floors);
    }

    [Fact]
    public void Gates_that_are_off_are_recorded()
    {
        Verdict off = VerdictJson.Read(File(VerdictJson.Write(GateJudge.Off(s_report.Key))));
        Assert.Equal((GateOutcome.Off, true), (off.Outcome, off.MayShip));
        Assert.Empty(off.Diagnostics);
        Assert.Equal("gates are turned off: nothing was decided", SummaryTable.Lines(s_report, off)[^1]);
    }

    [Theory]
    [InlineData("outcome", "\"passed\"", "add up to 'failed'")]
    [InlineData("outcome", "\"fine\"", "none of")]
    [InlineData("gates", "[]", "add up to 'off'")]
    [InlineData("gateKey", "\"abc\"", "no digest")]
    [InlineData("format", "9", "format 9")]
    public void A_verdict_that_was_tampered_with_is_refused(string member, string value, string detail)
    {
        JsonObject json = JsonNode.Parse(VerdictJson.Write(s_verdict))!.AsObject();
        json[member] = JsonNode.Parse(value);
        Diagnostic found = Assert.Throws<DiagnosticException>(() => VerdictJson.Read(File(Encoding.UTF8.GetBytes(json.ToJsonString())))).Diagnostic;
        Assert.Equal("MOPS5010", found.Code);
        Assert.Contains(detail, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_is_a_table_of_at_most_a_hundred_columns()
    {
        IReadOnlyList<string> lines = SummaryTable.Lines(s_report, s_verdict);
        Assert.All(lines, l => Assert.InRange(l.Length, 0, SummaryTable.Columns));
        Assert.Equal(
            """
            60 held-out rows; values with 95 % intervals; the same rows for every subject

                                      ExactMatch              JsonValid               MacroF1
            candidate                 0.833 [0.720, 0.907]    0.000 [0.000, 0.060]    0.909 [0.835, 0.957]
            few-shot|*a*              0.333 [0.227, 0.459]    0.000 [0.000, 0.060]    0.500 [0.356, 0.636]
            a-prompt-with-a-name-th…  0.317 [0.213, 0.442]    0.000 [0.000, 0.060]    0.481 [0.333, 0.621]
            floor:nearest             0.817 [0.701, 0.894]    0.000 [0.000, 0.060]    0.899 [0.824, 0.947]
            """,
            string.Join('\n', lines.Take(7)),
            ignoreLineEndingDifferences: true);
        Assert.Contains(lines, l => l.StartsWith("✓ passed  ExactMatch must gain at least 0.10 over", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("? inconclusive  ExactMatch must be at least 0.80", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("✗ failed  JsonValid must be at least 0.90", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("! not shown to beat 'floor:nearest' on ExactMatch: 0.833 against 0.817", StringComparison.Ordinal));
    }

    [Fact]
    public void The_summary_shows_slices_and_what_was_forgotten()
    {
        EvaluationReport report = Evaluator.Evaluate(new EvaluationInput
        {
            Fields = new Core.Fingerprinting.KeyFields(),
            Items = [.. SameItems(20).Select((item, i) => item with { Slice = i < 8 ? "late" : "early" })],
            Subjects = [RightWhere("candidate", SubjectKind.Candidate, Share(20, 10))],
            Metrics = [MetricSpec.Primary],
            Regression = new RegressionInput(SameItems(10), RightWhere("candidate", SubjectKind.Candidate, Share(10, 4)), RightWhere("base", SubjectKind.Baseline, Share(10, 9)), [MetricSpec.Primary]),
        });
        Assert.Equal(
            """
            the candidate on slices

                                      ExactMatch
            early                     0.167 [0.047, 0.448]
            late                      1.000 [0.676, 1.000]

            10 rows of regression data, which the base model answers as well

                                      ExactMatch
            candidate                 0.400 [0.168, 0.687]
            base                      0.900 [0.596, 0.982]
            """,
            string.Join('\n', SummaryTable.Lines(report).Skip(5)),
            ignoreLineEndingDifferences: true);
        string markdown = ReportMarkdown.Write(report, GateJudge.Decide(report, [new GateDefinition { Metric = MetricSpec.Primary, Minimum = 0.4, Slice = "*" }]));
        Assert.Contains("| ExactMatch on early (worst of 2) | at least 0.40 | inconclusive |", markdown, StringComparison.Ordinal);
        Assert.Contains("| base | baseline | 0.900 [0.596, 0.982] |", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_markdown_escapes_foreign_names_and_holds_both_tables()
    {
        string text = ReportMarkdown.Write(s_report, s_verdict);
        Assert.Contains("| ExactMatch | gain at least 0.10 | passed | 0.500 [", text, StringComparison.Ordinal);
        Assert.Contains("few\\-shot\\|\\*a\\*", text, StringComparison.Ordinal);
        Assert.Contains("Not shown to beat floor:nearest", text, StringComparison.Ordinal);
        int columns = text.Split('\n').First(l => l.StartsWith("| subject", StringComparison.Ordinal)).Count(c => c == '|');
        Assert.Equal(columns, text.Split('\n').First(l => l.StartsWith("| candidate", StringComparison.Ordinal)).Count(c => c == '|'));
        Assert.Contains("turned off", ReportMarkdown.Write(s_report, GateJudge.Off(s_report.Key)), StringComparison.Ordinal);
    }

    private string File(byte[] bytes)
    {
        string path = Path.Combine(_folder.FullName, "verdict.json");
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }
}
