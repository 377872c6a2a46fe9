using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Packaging;

public sealed class ParityRowTests
{
    [Fact]
    public void The_shortest_rows_are_chosen_with_what_was_asked_and_all_that_was_said()
    {
        int[] lengths = [9, 2, 7, 2, 30, 1, 5];
        EvaluationItem[] items = [.. lengths.Select((length, i) => new EvaluationItem($"row{i}", [new("user", new string('x', length))], "right"))];
        SubjectAnswer[] answers = [.. lengths.Select((_, i) => new SubjectAnswer("said") { Raw = i == 5 ? "thought, said" : null })];
        var run = new SubjectRun("candidate", SubjectKind.Candidate, answers);
        var report = new EvaluationReport { Fields = new KeyFields(), Items = items, Subjects = [new SubjectReport(run, [])] };
        var questions = items.Where(item => item.Id != "row1") // judged, but of another set
            .ToDictionary(item => item.Id, item => (IReadOnlyList<PromptMessage>)[new("system", "be brief"), .. item.Messages]);

        IReadOnlyList<ParityRow> rows = ParityRow.Choose(report, questions, messages => $"asked {messages[^1].Content.Length}");

        Assert.Equal(["asked 7", "asked 2", "asked 1", "asked 5"], rows.Select(row => row.Id));
        Assert.All(rows, row => Assert.Equal("be brief", row.Messages[0].Content));
        Assert.Equal("thought, said", rows[2].Answer);
    }

    [Fact]
    public void The_file_is_read_as_it_was_written_and_damage_has_a_code()
    {
        string folder = Directory.CreateTempSubdirectory("modelops-parity-").FullName;
        try
        {
            ParityRow[] rows = [new("a", [new("system", "s\n\"ü\" 😀"), new("user", "q")], "answer\u2028\n", "stop"), new("b", [new("user", "")], "", "length")];
            Assert.Empty(ParityRow.Read(folder, "P"));
            byte[] bytes = ParityRow.ToBytes(rows);
            File.WriteAllBytes(Path.Combine(folder, ParityRow.FileName), bytes);

            Assert.Equal(bytes, ParityRow.ToBytes(ParityRow.Read(folder, "P")));
            foreach (string line in new[] { "null", "{", "{}", """{"id":"a","messages":[],"answer":"x","finish":"stop","more":1}""", """{"id":"a","messages":[],"answer":null,"finish":"stop"}""" })
            {
                File.WriteAllText(Path.Combine(folder, ParityRow.FileName), line);
                Assert.Equal("MOPS7001", Assert.Throws<DiagnosticException>(() => ParityRow.Read(folder, "P")).Diagnostic.Code);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
