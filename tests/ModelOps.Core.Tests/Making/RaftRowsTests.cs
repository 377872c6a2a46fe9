using System.Text;
using ModelOps.Core.Making;

namespace ModelOps.Core.Tests.Making;

public sealed class RaftRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("no quote", 0)]
    [InlineData("##begin_quote## the  lift\n stands ##end_quote## so it stands", 1)]
    [InlineData("##begin_quote##a##end_quote## and ##begin_quote##b##end_quote##", 2)]
    [InlineData("##begin_quote## open", null)]
    [InlineData("##begin_quote## ##end_quote##", null)]
    [InlineData("##begin_quote##a##begin_quote##b##end_quote##", null)]
    [InlineData("a##end_quote##", null)]
    public void Quotes_are_found(string answer, int? count) => Assert.Equal(count, Citation.Quotes(answer)?.Count);

    [Fact]
    public void Quotes_count_only_when_the_passage_has_their_words()
    {
        const string Passage = "The lift stands\nin the hall.";
        Assert.True(RaftRows.IsCited("Because ##begin_quote##lift stands in##end_quote## it does.", Passage));
        Assert.False(RaftRows.IsCited("Because ##begin_quote##lift runs in##end_quote## it does.", Passage));
        Assert.False(RaftRows.IsCited("##begin_quote##The lift##end_quote## and ##begin_quote##the stairs##end_quote##", Passage));
        Assert.False(RaftRows.IsCited("The lift stands", Passage));
        Assert.Equal("##begin_quote## lift stands ##end_quote##\n##Answer: there", Citation.Cited("there", "lift\nstands"));
    }

    [Fact]
    public void Every_row_has_its_distractors_the_share_lacks_its_passage_and_all_of_it_is_repeatable()
    {
        PassageLibrary library = Library();
        IReadOnlyList<RaftQuestion> rows = Arrange(library, 40, new RaftOptions(Distractors: 3, WithoutGolden: 0.25, Seed: 7));

        Assert.Equal(10, rows.Count(r => !r.HasGolden));
        Assert.All(rows, r =>
        {
            Assert.Equal(r.HasGolden ? 4 : 3, r.Shown.Distinct().Count());
            Assert.Contains(r.Question.Citation!, r.Golden, StringComparison.Ordinal);

            // Whatever is shown beside it does not answer the question.
            Assert.Equal(r.HasGolden ? 1 : 0, r.Shown.Count(p => Citation.IsIn(p, r.Question.Citation!)));
        });
        Assert.True(rows.Where(r => r.HasGolden).Select(r => r.Shown.ToList().IndexOf(r.Golden)).Distinct().Count() == 4, "the passage stands anywhere");
        Assert.Equal(rows.Select(r => string.Join('|', r.Shown)), Arrange(Library(), 40, new RaftOptions(3, 0.25, 7)).Select(r => string.Join('|', r.Shown)));
        Assert.NotEqual(rows.Select(r => string.Join('|', r.Shown)), Arrange(library, 40, new RaftOptions(3, 0.25, 8)).Select(r => string.Join('|', r.Shown)));

        // A question more changes which rows lack their passage by one at most, and no other row.
        IReadOnlyList<RaftQuestion> more = Arrange(library, 41, new RaftOptions(3, 0.25, 7));
        Assert.InRange(rows.Zip(more).Count(pair => !pair.First.Shown.SequenceEqual(pair.Second.Shown)), 0, 2);
    }

    [Fact]
    public void Distractors_are_near()
    {
        IReadOnlyList<RaftQuestion> rows = Arrange(Library(), 40, new RaftOptions(3, 0, 7));

        // The passages of the question's own floor share its word: of four, 2.75 are expected, and 1.4 if they were drawn from all.
        Assert.True(rows.Average(r => r.Shown.Count(p => p.Contains($"floor{Floor(r.Question)} ", StringComparison.Ordinal))) > 2.2);
        static int Floor(Question q) => int.Parse(q.Text.Split("floor")[1].Split(' ')[0], null);
    }

    [Theory]
    [InlineData("MOPS1150", """{"question":"where is lift 3","answer":"x","citation":"the lift flies"}""")]
    [InlineData("MOPS1150", """{"question":"where is lift 3","answer":"x"}""")]
    [InlineData("MOPS1150", """{"question":"where is lift 3","answer":"##begin_quote##lift number 3"}""")]
    [InlineData("MOPS1150", """{"question":"where is lift 3","answer":"x","citation":"room number 3 is","document":"doc1.md"}""")]
    [InlineData("MOPS1151", """{"question":"where is lift 3","answer":"x","citation":"room number 3 is","document":"nosuch.md"}""")]
    [InlineData("MOPS1154", """{"question":"where is lift 3"}""")]
    [InlineData("MOPS1154", """{"question":"where is lift 3","citation":"room number 3 is"}""")]
    [InlineData("MOPS1147", """{"qestion":"where is lift 3"}""")]
    [InlineData("MOPS1147", """{"question":"a","prompt":"b"}""")]
    [InlineData("MOPS1147", """{"question":" "}""")]
    [InlineData("MOPS1147", """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""")]
    [InlineData("MOPS1001", """{"question":""")]
    public void What_cannot_be_proven_is_refused_with_its_line(string code, string line)
    {
        Assert.Null(QuestionFile.Read([_folder.Write("q.jsonl", "\n" + line)], _log) is { } questions ? RaftRows.Arrange(questions, Library(), new RaftOptions(), drafts: false, _log) : null);
        Assert.Equal((code, 2), (Assert.Single(_log.Diagnostics).Code, _log.Diagnostics[0].Location!.Value.Line));
    }

    [Fact]
    public void A_question_that_waits_for_a_draft_takes_the_nearest_passage_of_its_document()
    {
        Question[] questions = [.. QuestionFile.Read([_folder.Write("q.jsonl", """{"question":"what of room number 33"}""" + "\n" + """{"question":"what of the room number","document":"doc2.md","slice":"s"}""")], _log)!];
        IReadOnlyList<RaftQuestion> rows = RaftRows.Arrange(questions, Library(), new RaftOptions(), drafts: true, _log)!;

        Assert.Contains("room number 33 ", rows[0].Golden, StringComparison.Ordinal);
        Assert.Contains("floor2 ", rows[1].Golden, StringComparison.Ordinal);
        Assert.Equal("s", rows[1].Question.Slice);
    }

    [Fact]
    public void Damaged_question_files_are_read_or_refused()
    {
        var random = new Random(3);
        byte[] good = Encoding.UTF8.GetBytes("""{"question":"a é","answer":"b","citation":"c"}""" + "\n" + """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"slice":"x","document":"d.md"}""");
        for (int i = 0; i < Soak.Count(300, 20_000); i++)
        {
            byte[] bytes = [.. good];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:\\\n ae"[random.Next(12)];
            }

            var log = new RecordingLog();
            Assert.Equal(QuestionFile.Read([_folder.Write("q.jsonl", bytes)], log) is null, log.Diagnostics.Count > 0);
        }
    }

    // Six floors with eight rooms each; a passage per room.
    private static PassageLibrary Library() => PassageLibrary.Of(Enumerable.Range(0, 6).Select(floor => ($"doc{floor}.md", string.Join("\n\n", Enumerable.Range(0, 8)
        .Select(room => $"On floor{floor} the room number {(floor * 8) + room} is {string.Join(' ', Enumerable.Range(0, 70).Select(w => $"word{floor}x{room}x{w}"))}")))));

    private IReadOnlyList<RaftQuestion> Arrange(PassageLibrary library, int count, RaftOptions options)
    {
        string lines = string.Join('\n', Enumerable.Range(0, count).Select(i => $$"""{"question":"what is on floor{{i / 8}} in room {{i}}","answer":"a{{i}}","citation":"room number {{i}} is"}"""));
        return RaftRows.Arrange(QuestionFile.Read([_folder.Write("q.jsonl", lines)], _log)!, library, options, drafts: false, _log)!;
    }
}
