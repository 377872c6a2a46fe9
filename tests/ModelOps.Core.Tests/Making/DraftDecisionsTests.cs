using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Making;
using ModelOps.Core.Protocol;
using ModelOps.Core.Reviewing;

namespace ModelOps.Core.Tests.Making;

public sealed class DraftDecisionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_what_somebody_accepted_or_corrected_and_nobody_rejected_becomes_a_row()
    {
        Draft[] drafts = Drafts(6);
        string ann = Sheet(drafts, "ann", ("q0?", "accept", ""), ("q1?", "reject", ""), ("q2?", "", "'- better"), ("q3?", "Yes", ""), ("q4?", "accept", ""));
        string ben = Sheet(drafts, "ben", ("q4?", "reject", ""));
        var rows = new MadeRows("q", PersonalDataRule.Refuse);
        DraftDecisions decisions = DraftDecisions.Collect(drafts, [ann, ben]);

        Assert.Equal(new DraftCounts(2, 1, 2, 1), decisions.AddTo(rows, drafts, unreviewed: false));
        Assert.Equal(["ann", "ben"], decisions.Reviewers);
        string text = Encoding.UTF8.GetString(rows.ToBytes(_log));
        Assert.Equal(3, rows.Count);
        Assert.Contains("\"content\":\"- better\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("q5?", text, StringComparison.Ordinal);
        var all = new MadeRows("q", PersonalDataRule.Refuse);
        decisions.AddTo(all, drafts, unreviewed: true);
        Assert.Equal((4, 1), (all.Count, all.Unreviewed));
    }

    [Fact]
    public void A_sheet_only_grows()
    {
        string ann = Sheet(Drafts(3), "ann", ("q1?", "reject", "because"));
        string before = File.ReadAllText(ann);
        DraftDecisions.Collect(Drafts(3), [ann]);
        Assert.Equal(before, File.ReadAllText(ann));

        // A question more and one less: what was decided stays, whatever a spreadsheet makes of the commas.
        File.WriteAllText(ann, before.Replace(",", ";", StringComparison.Ordinal));
        DraftDecisions.Collect([.. Drafts(5).Skip(2)], [ann]);
        var read = Csv.Read(File.ReadAllText(ann));
        Assert.Equal(["q0?", "q1?", "q2?", "q3?", "q4?"], read.Skip(1).Select(r => r.Cells[1]));
        Assert.Equal(("reject", "because"), (read[2].Cells[3], read[2].Cells[5]));
    }

    [Theory]
    [InlineData("MOPS1137", 1, "item,input,draft\nx,y,z\n")]
    [InlineData("MOPS1137", 1, "\"item,input\n")]
    [InlineData("MOPS1137", 3, "item,input,draft,decision,answer,comment\nm1,,,,,\nm1,,,,,\n")]
    [InlineData("MOPS1138", 3, "item,input,draft,decision,answer,comment\nm1,,,accept,,\nm2,,,perhaps,,\n")]
    [InlineData("MOPS1138", 2, "item,input,draft,decision,answer,comment\nm1,,,correct,,\n")]
    public void What_is_wrong_with_a_sheet_has_a_code_and_a_line(string code, int line, string text)
    {
        Diagnostic problem = Assert.Throws<DiagnosticException>(() => DraftDecisions.Collect([], [_folder.Write("s.ann.csv", text)])).Diagnostic;
        Assert.Equal((code, line), (problem.Code, problem.Location!.Value.Line));
    }

    [Fact]
    public void Two_corrections_of_one_draft_must_agree()
    {
        Draft[] drafts = Drafts(2);
        string ann = Sheet(drafts, "ann", ("q0?", "", "one")), ben = Sheet(drafts, "ben", ("q0?", "", "two"));
        Assert.Equal("MOPS1139", Assert.Throws<DiagnosticException>(() => DraftDecisions.Collect(drafts, [ann, ben])).Diagnostic.Code);
    }

    [Fact]
    public void Damaged_sheets_are_read_or_refused_with_a_code()
    {
        var random = new Random(11);
        string sheet = Sheet(Drafts(3), "ann", ("q0?", "accept", ""), ("q1?", "", "a \"quoted\", text"));
        byte[] good = File.ReadAllBytes(sheet);
        for (int i = 0; i < Soak.Count(150, 20_000); i++)
        {
            byte[] bytes = [.. good];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"\",;\r\n\taem"[random.Next(9)];
            }

            File.WriteAllBytes(sheet, bytes);
            try
            {
                DraftDecisions.Collect([], [sheet]);
            }
            catch (DiagnosticException e)
            {
                Assert.StartsWith("MOPS113", e.Diagnostic.Code, StringComparison.Ordinal);
            }
        }
    }

    private static Draft[] Drafts(int count)
        => [.. Enumerable.Range(0, count).Select(i => new Draft(new SourceLocation("q.jsonl", i + 1), [new PromptMessage("user", $"q{i}?")], $"q{i}?", $"- answer {i}"))];

    private string Sheet(Draft[] drafts, string reviewer, params (string Input, string Decision, string Answer)[] filled)
    {
        string file = _folder.In($"drafts.{reviewer}.csv");
        DraftDecisions.Collect(drafts, [file]);
        File.WriteAllBytes(file, Csv.Write(Csv.Read(File.ReadAllText(file)).Select(row => filled.FirstOrDefault(f => f.Input == row.Cells[1]) is { Input: not null } said
            ? [.. row.Cells.Take(3), said.Decision, said.Decision == "reject" ? "" : said.Answer, said.Decision == "reject" ? said.Answer : ""] : row.Cells)));
        return file;
    }
}
