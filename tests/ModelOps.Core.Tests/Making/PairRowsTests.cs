using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Making;
using ModelOps.Core.Reviewing;
using ModelOps.Testing;

namespace ModelOps.Core.Tests.Making;

public sealed class PairRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Corrections_and_thumbs_on_one_question_make_pairs_that_DPO_reads()
    {
        ExchangeLog logs = Read(
            """{"prompt":"a?","answer":"bad","correction":"good"}""",
            """{"prompt":"b?","answer":"liked","feedback":"up"}""",
            """{"prompt":"b?","answer":"disliked","feedback":"down"}""",
            """{"prompt":"b?","answer":"liked","feedback":"down"}""",
            """{"prompt":"c?","answer":"disliked","feedback":"down"}""",
            """{"prompt":"d?","answer":"seen"}""");
        var rows = new MadeRows("log", PersonalDataRule.Refuse);
        PairRows.AddTo(rows, logs.Exchanges);
        string file = _folder.Write("pairs.jsonl", rows.ToBytes(_log));

        Dataset pairs = DatasetReader.Read([file], DatasetKind.Training, _log, CancellationToken.None, RowOrder.AsWritten)!;
        Assert.Equal(RowShape.Preference, pairs.Shape);
        Assert.Equal(["""{"prompt":[{"role":"user","content":"a?"}],"chosen":[{"role":"assistant","content":"good"}],"rejected":[{"role":"assistant","content":"bad"}]}""",
            """{"prompt":[{"role":"user","content":"b?"}],"chosen":[{"role":"assistant","content":"liked"}],"rejected":[{"role":"assistant","content":"disliked"}]}"""], File.ReadAllLines(file));
        Assert.Equal((3, 1), (rows.PassedOver[PairRows.NothingBetter], rows.PassedOver[LogRows.WithoutFeedback]));
    }

    [Fact]
    public void Scores_make_a_pair_of_the_best_and_the_worst_answer()
    {
        ExchangeLog logs = Read(
            """{"prompt":"a?","answers":[{"text":"mid","score":3},{"text":"best","score":4.5},{"text":"worst","score":1}]}""",
            """{"prompt":"b?","answers":[{"text":"x","score":2},{"text":"y","score":2}]}""",
            """{"prompt":"c?","answers":[{"text":"x","score":2},{"text":"y","score":2.5}]}""");
        var rows = new MadeRows("log", PersonalDataRule.Refuse);
        PairRows.AddTo(rows, logs.Rivals, margin: 1);

        Assert.Contains("\"best\"}],\"rejected\":[{\"role\":\"assistant\",\"content\":\"worst\"", Encoding.UTF8.GetString(rows.ToBytes(_log)), StringComparison.Ordinal);
        Assert.Equal((1, 2), (rows.Count, rows.PassedOver[PairRows.Equal]));
    }

    [Fact]
    public void Comparisons_are_blind_survive_a_renamed_sheet_and_the_majority_counts()
    {
        RivalAnswers[] pairs = [.. Read([.. Enumerable.Range(0, 40).Select(i => $$"""{"prompt":"q{{i}}?","answers":["A{{i}}","B{{i}}"]}""")]).Rivals];
        string ann = _folder.In("pairs.ann.csv"), ben = _folder.In("pairs.ben.csv");
        PairVotes none = PairVotes.Collect(pairs, [ann, ben]);
        Assert.Null(none.Of(pairs[0]));
        Assert.Empty(none.Reviewers);

        // Each prefers the answers that begin with A, wherever they stand, but for one.
        string[] first = Vote(ann, cells => cells[2][0] == 'A' ? "1" : "2"), other = Vote(ben, cells => cells[1] == "q3?" ? (cells[2][0] == 'A' ? "2" : "first") : cells[2][0] == 'A' ? "1" : "2");
        Assert.InRange(first.Count(f => f[0] == 'A'), 5, 35);
        Assert.NotEqual(first, other);
        string renamed = _folder.In("pairs.anna.csv");
        File.Move(ann, renamed);
        PairVotes votes = PairVotes.Collect(pairs, [renamed, ben]);
        var rows = new MadeRows("log", PersonalDataRule.Refuse);
        PairRows.AddTo(rows, pairs, votes);

        Assert.Equal(["anna", "ben"], votes.Reviewers);
        Assert.Equal((39, 1), (rows.Count, rows.PassedOver[PairRows.Undecided]));
        Assert.DoesNotContain("\"chosen\":[{\"role\":\"assistant\",\"content\":\"B", Encoding.UTF8.GetString(rows.ToBytes(_log)), StringComparison.Ordinal);

        byte[] before = File.ReadAllBytes(ben);
        PairVotes.Collect(pairs, [ben]);
        Assert.Equal(before, File.ReadAllBytes(ben));
        Vote(ben, _ => "better");
        Assert.Equal("MOPS1138", Assert.Throws<DiagnosticException>(() => PairVotes.Collect(pairs, [ben])).Diagnostic.Code);
    }

    [Fact]
    public void Ratings_of_answers_to_one_row_make_a_pair()
    {
        EvaluationReport report = ReportCases.Whole(60).Report;
        ReviewAttribute question = ReviewAttribute.TryParse("helpful=1..5")!;
        IEnumerable<Rating> ratings = report.Items.Take(30).SelectMany((item, i) => report.Subjects.Select(s => s.Run.Answers[i].Text).Distinct()
            .SelectMany(text => new[] { new Rating(ReviewItem.IdOf(item.Id, text), "helpful", "ann", text == item.Reference ? "5" : "2"), new Rating(ReviewItem.IdOf(item.Id, text), "helpful", "ben", "3") }));
        var rows = new MadeRows("log", PersonalDataRule.Allow);
        PairRows.AddTo(rows, report, ReviewFile.Empty.With([question], ratings.DistinctBy(r => (r.Item, r.Rater)), "r"), question, 0.1, new SourceLocation("ratings.jsonl"));

        Assert.True(rows.Count is > 5 and <= 30, $"{rows.Count}");
        Assert.True(rows.PassedOver[PairRows.NotRated] >= 30);
        string file = _folder.Write("rated.jsonl", rows.ToBytes(_log));
        Dataset pairs = DatasetReader.Read([file], DatasetKind.Training, _log, CancellationToken.None, RowOrder.AsWritten)!;
        HashSet<string> right = [.. report.Items.Select(i => i.Reference)];
        Assert.All(pairs.Rows, row => Assert.Contains(row.Answer, right));
    }

    private string[] Vote(string sheet, Func<IReadOnlyList<string>, string> prefer)
    {
        var read = Csv.Read(File.ReadAllText(sheet));
        File.WriteAllBytes(sheet, Csv.Write(read.Select((row, i) => i == 0 ? row.Cells : [.. row.Cells.Take(4), prefer(row.Cells)])));
        return [.. read.Skip(1).Select(r => r.Cells[2])];
    }

    private ExchangeLog Read(params string[] lines) => ExchangeLog.Read([_folder.Write("log.jsonl", string.Join('\n', lines))], _log, CancellationToken.None)!;
}
