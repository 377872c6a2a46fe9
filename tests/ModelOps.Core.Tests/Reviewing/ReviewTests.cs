using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Reviewing;
using ModelOps.Testing;

namespace ModelOps.Core.Tests.Reviewing;

public sealed class ReviewTests
{
    private static readonly ReviewAttribute s_helpful = ReviewAttribute.TryParse("helpful=1..5")!;
    private static readonly ReviewAttribute s_tone = ReviewAttribute.TryParse("tone=rude,plain,kind")!;

    [Theory]
    [InlineData("helpful=1..5", RatingScale.Interval, 5)]
    [InlineData(" tone = rude, plain, kind", RatingScale.Ordinal, 3)]
    [InlineData("topic=nominal a,b,c", RatingScale.Nominal, 3)]
    public void Question_is_read(string text, RatingScale scale, int values)
    {
        ReviewAttribute attribute = ReviewAttribute.TryParse(text)!;

        Assert.Equal((scale, values), (attribute.Scale, attribute.Values.Count));
        Assert.Equal(attribute.ToString(), ReviewAttribute.TryParse(attribute.ToString())!.ToString());
    }

    [Theory]
    [InlineData("helpful")]
    [InlineData("helpful=")]
    [InlineData("helpful=5..1")]
    [InlineData("helpful=yes")]
    [InlineData("tone=a,a")]
    [InlineData("two words=1..5")]
    public void No_question_is_refused(string text) => Assert.Null(ReviewAttribute.TryParse(text));

    [Fact]
    public void Sheet_tells_nothing_of_who_answered_and_has_an_order_per_rater()
    {
        EvaluationReport report = ReportCases.Whole(40).Report;
        ReviewItem[] items = [.. ReviewItem.Of(report, report.Subjects)];
        string ann = Text(ReviewSheet.Write(items, [s_helpful, s_tone], "ann", 1)), ben = Text(ReviewSheet.Write(items, [s_helpful, s_tone], "ben", 1));

        Assert.All(report.Subjects, s => Assert.DoesNotContain(s.Name, ann, StringComparison.Ordinal));
        Assert.NotEqual(ann, ben);
        Assert.Equal(Lines(ann).Order(), Lines(ben).Order());
        Assert.Equal(ann, Text(ReviewSheet.Write(items, [s_helpful, s_tone], "ann", 1)));
        Assert.NotEqual(ann, Text(ReviewSheet.Write(items, [s_helpful, s_tone], "ann", 2)));
        Assert.True(items.Length < report.Subjects.Count * report.Items.Count, "equal answers stand there once");
    }

    [Fact]
    public void Choice_takes_whole_rows()
    {
        EvaluationReport report = ReportCases.Whole(60).Report;
        ReviewItem[] items = [.. ReviewItem.Of(report, report.Subjects)];
        IReadOnlyList<ReviewItem> chosen = ReviewSheet.Choose(items, 7, 3);

        Assert.Equal(7, chosen.Select(i => i.Row.Id).Distinct().Count());
        Assert.All(chosen.Select(i => i.Row.Id).Distinct(), id => Assert.Equal(items.Count(i => i.Row.Id == id), chosen.Count(i => i.Row.Id == id)));
    }

    [Fact]
    public void Cells_start_no_formula_and_hold_no_escape()
    {
        ReviewItem[] items = [new("i1", new EvaluationItem("r", [], "=1+1"), "\t+cmd|' /C calc'!A0"), new("i2", new EvaluationItem("r2", [], "-2"), ReportCases.Hostile), new("i3", new EvaluationItem("r3", [], "@x"), "fine, \"quoted\"\nsecond line")];
        string sheet = Text(ReviewSheet.Write(items, [s_helpful], "a", 1));
        IReadOnlyList<(int Line, IReadOnlyList<string> Cells)> read = Csv.Read(sheet);

        Assert.Equal(4, read.Count);
        Assert.All(read.Skip(1).SelectMany(r => r.Cells), cell => Assert.DoesNotMatch(@"^\s*[=+\-@]", cell));
        Assert.DoesNotMatch("[\0-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e]|##vso|::error", sheet);
        Assert.Contains(read, r => r.Cells[3] == "fine, \"quoted\"\nsecond line");
    }

    [Fact]
    public void Csv_comes_back_whatever_is_in_it()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string[][]>(), raw =>
        {
            string[][] rows = [.. (raw ?? []).Where(r => r is { Length: > 0 }).Select(r => r.Select(c => (c ?? "").Replace("\r", "", StringComparison.Ordinal)).ToArray()).Where(r => r.Any(c => c.Length > 0))];
            string text = Encoding.UTF8.GetString(Csv.Write(rows.Prepend(["head", "er"])));
            string[][] well = [.. rows.Select(r => r.Select(c => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(c))).ToArray())];
            return Csv.Read(text).Skip(1).Select(r => string.Join('\u0001', r.Cells)).SequenceEqual(well.Select(r => string.Join('\u0001', r)));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("item;answer;helpful=1..5\r\ni1;x;4\r\n")]
    [InlineData("\uFEFFitem,answer,helpful=1..5\ni1,\"x,y\",4")]
    [InlineData("item\tanswer\thelpful=1..5\ni1\tx\t4\n\n\n")]
    public void Sheet_is_read_as_spreadsheets_save_it(string text)
    {
        (_, IReadOnlyList<Rating> ratings) = ReviewSheet.Read("s.csv", text, "ann");

        Assert.Equal([new Rating("i1", "helpful", "ann", "4")], ratings);
    }

    [Theory]
    [InlineData("MOPS5321", 1, "answer,helpful=1..5\nx,4\n")]
    [InlineData("MOPS5321", 1, "item,answer\ni1,4\n")]
    [InlineData("MOPS5321", 1, "item,helpful=1..5\n\"i1,4\n")]
    [InlineData("MOPS5322", 3, "item,helpful=1..5\ni1,4\ni2,six\n")]
    [InlineData("MOPS5323", 3, "item,helpful=1..5\ni1,4\ni1,5\n")]
    public void What_is_wrong_with_a_sheet_has_a_code_and_a_line(string code, int line, string text)
    {
        Diagnostic diagnostic = Assert.Throws<DiagnosticException>(() => ReviewSheet.Read("s.csv", text, "ann")).Diagnostic;

        Assert.Equal((code, line), (diagnostic.Code, diagnostic.Location!.Value.Line));
    }

    [Fact]
    public void Ratings_are_kept_sorted_and_the_last_word_of_a_rater_counts()
    {
        ReviewFile file = ReviewFile.Empty.With([s_helpful, s_tone], [new("i2", "helpful", "ben", "2"), new("i1", "tone", "ann", "kind"), new("i1", "helpful", "ann", "5")], "a.csv")
            .With([s_helpful], [new("i2", "helpful", "ben", "3")], "b.csv");
        string text = Encoding.UTF8.GetString(file.Write());

        Assert.Equal(
            """
            {"question":"helpful=1..5"}
            {"question":"tone=rude,plain,kind"}
            {"attribute":"helpful","item":"i1","rater":"ann","value":"5"}
            {"attribute":"tone","item":"i1","rater":"ann","value":"kind"}
            {"attribute":"helpful","item":"i2","rater":"ben","value":"3"}

            """.ReplaceLineEndings("\n"), text);
        Assert.Equal(file.Write(), ReviewFile.Parse(text, "r.jsonl").Write());
        Assert.Equal("MOPS5325", Code(() => file.With([ReviewAttribute.TryParse("helpful=1..7")!], [], "c.csv")));
        Assert.Equal("MOPS5324", Code(() => ReviewFile.Parse(text + "{\"item\":\"i3\",\"attribute\":\"helpful\",\"rater\":\"x\",\"value\":\"9\"}\n", "r.jsonl")));
        Assert.Equal("MOPS5324", Code(() => ReviewFile.Parse("[1]\n", "r.jsonl")));
    }

    [Fact]
    public void Human_scores_gate_on_the_rows_that_people_rated()
    {
        EvaluationReport report = ReportCases.Whole(200).Report;
        MetricSpec metric = Human(report, 80);
        EvaluationReport scored = Evaluate(report, metric);
        Verdict verdict = GateJudge.Decide(scored, [new GateDefinition { Metric = metric, Minimum = 0.5, MinimumGain = 0.1 }], new BootstrapOptions { Resamples = 500 });
        MetricValue value = scored.Candidate.Find(metric)!;

        Assert.Equal(80, value.Rows);
        Assert.Equal(120, value.RowScores.Count(double.IsNaN));
        Assert.True(value.Interval.Contains(value.Value));
        Assert.Equal(80, verdict.Gates[0].Rows);
        Assert.Equal(GateOutcome.Passed, verdict.Gates[0].Outcome);
        Assert.True(verdict.Gates[1].Rows is > 0 and <= 80);
        using TemporaryFolder folder = new();
        string file = folder.Write("eval.json", EvaluationJson.Write(scored));
        Assert.Equal(EvaluationJson.Write(scored), EvaluationJson.Write(EvaluationJson.Read(file)));
    }

    [Fact]
    public void New_answers_have_no_ratings_and_say_so()
    {
        EvaluationReport report = ReportCases.Whole(30).Report;
        MetricSpec metric = Human(report, 10);
        SubjectRun run = report.Candidate.Run;

        Assert.Equal("MOPS5320", Code(() => MetricRegistry.Resolve(metric).Score(report.Items, run with { Answers = [.. run.Answers.Select(a => a with { Text = a.Text + "!" })] })));
        Assert.Equal("MOPS5326", Code(() => MetricRegistry.Resolve(metric with { Field = "colour" }).Score(report.Items, run)));
    }

    // Two raters give right answers 4 and 5, others 1 and 2, for the first rows.
    private static MetricSpec Human(EvaluationReport report, int rows)
    {
        IEnumerable<Rating> Rate(SubjectReport subject) => report.Items.Take(rows).SelectMany((item, i) =>
        {
            bool right = subject.Find(MetricSpec.Primary)!.RowScores[i] >= 1;
            string id = ReviewItem.IdOf(item.Id, subject.Run.Answers[i].Text);
            return (Rating[])[new(id, "helpful", "ann", right ? "5" : "1"), new(id, "helpful", "ben", right ? "4" : "2")];
        });
        ReviewFile file = ReviewFile.Empty.With([s_helpful], report.Subjects.Where(s => s.Run.Kind != SubjectKind.Floor).SelectMany(Rate), "x");
        return new MetricSpec(MetricRegistry.Human, "helpful") { Argument = Encoding.UTF8.GetString(file.Write()) };
    }

    private static EvaluationReport Evaluate(EvaluationReport report, MetricSpec metric) => Evaluator.Evaluate(new EvaluationInput
    {
        Fields = new KeyFields().Add("rows", report.Items.Count),
        Items = report.Items,
        Subjects = [.. report.Subjects.Select(s => s.Run)],
        Metrics = [MetricSpec.Primary, metric],
        Bootstrap = new BootstrapOptions { Resamples = 500 },
    });

    private static string Code(Action act) => Assert.Throws<DiagnosticException>(act).Diagnostic.Code;

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static string[] Lines(string text) => text.Split("\r\n");
}
