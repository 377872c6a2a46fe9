using System.Text;
using System.Text.Json.Nodes;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Protocol;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;

namespace ModelOps.Core.Tests.Evaluation;

public sealed class EvaluationReportTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("eval");

    public void Dispose() => _folder.Delete(recursive: true);

    private static EvaluationReport Sample()
    {
        IReadOnlyList<EvaluationItem> items = [Item("r1", """{"q":"a"}""", "one\u001b[31m"), Item("r2", """{"q":"b"}"""), Item("r3", """{"q":"a"}""") with { Slice = "late" }];
        return Report(
            items,
            MetricRegistry.Select(items, scored: true, [new MetricSpec("MacroF1", "q")]),
            new SubjectRun("floor:majority", SubjectKind.Floor, [new("""{"q":"a"}"""), new("""{"q":"a"}"""), new("""{"q":"a"}""")]),
            new SubjectRun("candidate", SubjectKind.Candidate, [new("""{"q":"a"}""", "stop", 5, 6, new(6, 0.5)), new("b", "length", 5, 9, new(4, 1e-7)), new("""{"q":"a"}""", Score: new(2, 3))]),
            new SubjectRun("few-shot", SubjectKind.Baseline, [new("x"), new("ü\ud83d\ude00"), new("""{"q":"a"}""")]));
    }

    [Fact]
    public void The_report_orders_subjects_and_scores_them()
    {
        EvaluationReport report = Sample();
        Assert.Equal(["candidate", "few-shot", "floor:majority"], report.Subjects.Select(s => s.Name));
        MetricValue exact = report.Candidate.Find(MetricSpec.Primary)!;
        Assert.Equal((2 / 3.0, 3), (exact.Value, exact.Rows));
        Assert.Equal([1, 0, 1], exact.RowScores);
        Assert.Equal((0.5 + 1e-7 + 3) / 12, report.Candidate.Find(new MetricSpec("MeanLoss"))!.Value, 1e-15);
        Assert.Null(report.Baselines.Single().Find(new MetricSpec("MeanLoss")));
    }

    [Fact]
    public void Every_slice_has_its_own_value_interval_and_rows()
    {
        IReadOnlyList<EvaluationItem> items = [.. Enumerable.Range(0, 40).Select(i => Item($"r{i}", i % 2 == 0 ? "a" : "b") with { Slice = i < 10 ? "rare" : i < 30 ? "common" : null })];
        EvaluationReport report = Report(items, [MetricSpec.Primary, new MetricSpec("MacroF1")], Run("candidate", SubjectKind.Candidate, [.. items.Select((i, row) => row < 4 ? "c" : i.Reference)]));
        Assert.Equal(["common", "rare"], report.Slices);
        SliceValue rare = report.Candidate.Find(MetricSpec.Primary)!.Slices[1];
        Assert.Equal(("rare", 0.6, 10, Wilson.Of(6, 10)), (rare.Slice, rare.Value, rare.Rows, rare.Interval));
        SliceValue common = report.Candidate.Find(new MetricSpec("MacroF1"))!.Slices[0];
        Assert.Equal((1.0, 20, Bootstrap.OfConstant(1, 20, ValueRange.Proportion, 0.95)), (common.Value, common.Rows, common.Interval));

        // A slice is what an evaluation of its rows alone would be.
        SubjectRun part = Run("candidate", SubjectKind.Candidate, [.. items.Take(10).Select((i, row) => row < 4 ? "c" : i.Reference)]);
        MetricValue alone = Report([.. items.Take(10)], [new MetricSpec("MacroF1")], part).Candidate.Metrics[0];
        SliceValue within = report.Candidate.Find(new MetricSpec("MacroF1"))!.Slices[1];
        Assert.Equal((alone.Value, alone.Interval), (within.Value, within.Interval));
        byte[] bytes = EvaluationJson.Write(report);
        Assert.Equal(bytes, EvaluationJson.Write(EvaluationJson.Read(File(bytes))));
    }

    [Fact]
    public void A_confusion_counts_right_against_given_labels_and_what_is_no_label()
    {
        IReadOnlyList<EvaluationItem> items = Items("a", "a", "b", "b");
        EvaluationReport report = Report(items, Candidate("a", " b", "b", "something else"));
        LabelConfusion table = Assert.Single(report.Confusions(report.Candidate));
        Assert.Equal((null, "a b"), (table.Field, string.Join(' ', table.Labels)));
        Assert.Equal([[1, 1, 0], [0, 1, 1]], table.Counts);

        items = Items("""{"q":"x","n":1}""", """{"q":"x","n":2}""", """{"q":"y","n":3}""", """{"q":"y","n":4}""");
        report = Report(items, Candidate("""{"q":"y"}""", """{"q":"x"}""", "no JSON", """{"n":1}"""));
        table = Assert.Single(report.Confusions(report.Candidate)); // n takes as many values as there are rows: no label
        Assert.Equal("q", table.Field);
        Assert.Equal([[1, 1, 0], [0, 0, 2]], table.Counts);
        Assert.Empty(Report(Items("one text", "another"), Candidate("x", "y")) is { } free ? free.Confusions(free.Candidate) : null!);
    }

    [Fact]
    public void Writing_is_deterministic_and_reading_gives_the_same_bytes_back()
    {
        byte[] bytes = EvaluationJson.Write(Sample());
        Assert.Equal(bytes, EvaluationJson.Write(Sample()));
        EvaluationReport read = EvaluationJson.Read(File(bytes));
        Assert.Equal(Sample().Key, read.Key);
        Assert.Equal(bytes, EvaluationJson.Write(read));
        Assert.StartsWith("{\"confidence\":0.95,\"fields\":{\"Rows\":3},\"format\":3,\"items\":[{\"id\":\"r1\"", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal((byte)'\n', bytes[^1]);
    }

    [Fact]
    public void Repeats_are_scored_one_by_one_and_a_row_counts_once()
    {
        IReadOnlyList<EvaluationItem> items = Items("yes", "yes", "no");
        SubjectRun asked = Candidate("yes", "no", "no") with
        {
            FurtherRepeats = [[new("yes"), new("yes", "length", 3, 4) { Raw = "so: yes" }, new("yes")], [new("yes"), new("no"), new("no")]],
            Technique = SubjectTechnique.FineTune,
            Asked = "endpoint",
            Price = new TokenPrice(0.15, 0.6, "EUR"),
        };

        EvaluationReport report = Report(items, asked, Run("floor:majority", SubjectKind.Floor, "yes", "yes", "yes"));

        MetricValue exact = report.Candidate.Find(MetricSpec.Primary)!;
        Assert.Equal([1, 1 / 3.0, 2 / 3.0], exact.RowScores);
        Assert.Equal((2 / 3.0, 3), (exact.Value, exact.Rows));
        byte[] bytes = EvaluationJson.Write(report);
        EvaluationReport read = EvaluationJson.Read(File(bytes));
        Assert.Equal(bytes, EvaluationJson.Write(read));
        Assert.Equal((SubjectTechnique.FineTune, "endpoint", asked.Price), (read.Candidate.Run.Technique, read.Candidate.Run.Asked, read.Candidate.Run.Price));
        Assert.Equal("so: yes", read.Candidate.Run.FurtherRepeats[0][1].Raw);
        Assert.Equal(0.75, asked.Price!.Of(1_000_000, 1_000_000), 12);
    }

    [Fact]
    public void A_repeat_without_an_answer_to_every_row_is_a_broken_tool()
    {
        AnswerLine[] lines = [new("row0", 0, "yes", 1, 1, "stop", 1), new("row0", 1, "no", 1, 1, "stop", 1), new("row1", 0, "yes", 1, 1, "stop", 1)];

        Assert.Equal("MOPS4005", Assert.Throws<DiagnosticException>(() => SubjectRun.Join("s", SubjectKind.Baseline, Items("yes", "no"), lines, repeats: 2)).Diagnostic.Code);
        SubjectRun whole = SubjectRun.Join("s", SubjectKind.Baseline, Items("yes"), lines[..2], repeats: 2);
        Assert.Equal(("yes", "no"), (whole.Answers[0].Text, whole.FurtherRepeats[0][0].Text));
    }

    [Fact]
    public void What_is_written_is_canonical_whatever_the_texts_are()
    {
        string[] texts = ["\0\u0001\b\t\n\f\r\u001f \"\\/", "\u007f\u2028\ufeff\ue000\U0001F600", "half \ud83d of a pair", new string('"', 5000), ""];
        IReadOnlyList<EvaluationItem> items = [.. texts.Select((text, i) => Item($"{i}{text}", text, text) with { Slice = text })];
        IEnumerable<MetricSpec> specs = [new("Bleu"), new("MeanLoss"), .. texts[..2].Select(text => new MetricSpec("Regex") { Argument = $"[{text.Length}]|x" })];
        SubjectRun candidate = new("candidate", SubjectKind.Candidate, [.. texts.Select((text, i) => new SubjectAnswer(text, Score: new ReferenceScore(1 + i, Math.Pow(10, 9 - (7 * i))) { Likeliest = i }))]);
        byte[] bytes = EvaluationJson.Write(Report(items, [MetricSpec.Primary, .. specs], candidate, Run(texts[1], SubjectKind.Baseline, [.. texts.Reverse()])));
        Assert.Equal(ModelOps.Core.Artifacts.CanonicalJson.From(bytes.AsMemory(0, bytes.Length - 1)), bytes[..^1]);
        Assert.Equal(texts.Select(t => t.Replace("half \ud83d", "half \ufffd", StringComparison.Ordinal)), EvaluationJson.Read(File(bytes)).Items.Select(i => i.Reference));
        Assert.Equal(bytes, EvaluationJson.Write(EvaluationJson.Read(File(bytes))));
    }

    [Fact]
    public void The_text_of_a_file_stands_there_once_and_is_checked()
    {
        const string mark = "asked in the schema alone";
        var schema = new MetricSpec("JsonSchema") { Argument = $$"""{"type":"object","description":"{{mark}}"}""" };
        EvaluationReport sample = Sample();
        EvaluationReport report = Report(sample.Items, [MetricSpec.Primary, schema], [.. sample.Subjects.Select(s => s.Run)]);
        byte[] bytes = EvaluationJson.Write(report);
        Assert.Equal(2, Encoding.UTF8.GetString(bytes).Split(mark).Length);
        Assert.Equal(bytes, EvaluationJson.Write(EvaluationJson.Read(File(bytes))));
        Assert.All(EvaluationJson.Read(File(bytes)).Subjects, s => Assert.NotNull(s.Find(schema)));
        Assert.DoesNotContain(mark, schema.Key, StringComparison.Ordinal);
        Assert.NotEqual(schema.Key, (schema with { Argument = "{}" }).Key);

        JsonObject json = JsonNode.Parse(bytes)!.AsObject();
        json["arguments"]![0]!["text"] = "{}";
        Refused(json, "digest");
        json.Remove("arguments");
        Refused(json, "not among 'arguments'");
    }

    [Theory]
    [InlineData("format", "1", "format 1")]
    [InlineData("rows", "2", "2 rows")]
    [InlineData("key", "\"sha256:00\"", "key")]
    [InlineData("fields", "{\"Rows\":4}", "its key is not the key of its fields")]
    [InlineData("subjects", "[]", "exactly one candidate")]
    [InlineData("subjects", null, "'subjects' is missing")]
    [InlineData("items", "7", "'items' is not an array")]
    [InlineData("confidence", "\"high\"", "'confidence' is not a finite number")]
    public void A_report_that_was_tampered_with_is_refused(string member, string? value, string detail)
    {
        JsonObject json = JsonNode.Parse(EvaluationJson.Write(Sample()))!.AsObject();
        json.Remove(member);
        if (value is not null)
        {
            json[member] = JsonNode.Parse(value);
        }

        Refused(json, detail);
    }

    [Theory]
    [InlineData("kind", "\"boss\"", "none of candidate, released, variant, baseline, floor")]
    [InlineData("answers", "[]", "has 0 answers for 3 rows")]
    [InlineData("name", "\"few-shot\"", "different names")]
    public void A_subject_that_was_tampered_with_is_refused(string member, string value, string detail)
    {
        JsonObject json = JsonNode.Parse(EvaluationJson.Write(Sample()))!.AsObject();
        json["subjects"]![0]![member] = JsonNode.Parse(value);
        Refused(json, detail);
    }

    [Fact]
    public void An_interval_must_contain_its_value()
    {
        JsonObject json = JsonNode.Parse(EvaluationJson.Write(Sample()))!.AsObject();
        json["subjects"]![0]!["metrics"]![0]!["value"] = 0.99999;
        Refused(json, "does not contain");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"format\":1,\"format\":1}")]
    public void What_is_no_report_is_refused(string text)
        => Assert.Equal("MOPS4009", Assert.Throws<DiagnosticException>(() => EvaluationJson.Read(File(Encoding.UTF8.GetBytes(text)))).Diagnostic.Code);

    [Fact]
    public void A_missing_report_is_refused()
        => Assert.Equal("MOPS4009", Assert.Throws<DiagnosticException>(() => EvaluationJson.Read(Path.Combine(_folder.FullName, "none.json"))).Diagnostic.Code);

    [Fact]
    public void Lines_of_a_worker_join_by_id_in_any_order()
    {
        IReadOnlyList<EvaluationItem> items = SameItems(2);
        SubjectRun run = SubjectRun.Join(
            "zero-shot", SubjectKind.Baseline, items, [Line("row1", "b"), Line("row0", "a"), Line("row0", "other", 1)], [new("row0", 3, 1.5), new("row1", 1, 0)]);
        Assert.Equal(["a", "b"], run.Answers.Select(a => a.Text));
        Assert.Equal([new ReferenceScore(3, 1.5), new ReferenceScore(1, 0)], run.Answers.Select(a => a.Score));
    }

    [Fact]
    public void A_broken_tool_is_an_error_and_never_a_wrong_answer()
    {
        IReadOnlyList<EvaluationItem> items = SameItems(2);
        Assert.Equal("MOPS4005", JoinError(items, [Line("row0", "a")]));
        Assert.Equal("MOPS4005", JoinError(items, []));
        Assert.Equal("MOPS4006", JoinError(items, [Line("row0", "a"), Line("row1", "a"), Line("row9", "a")]));
        Assert.Equal("MOPS4006", JoinError(items, [Line("row0", "a"), Line("row0", "b"), Line("row1", "a")]));
        Assert.Equal("MOPS4007", JoinError(items, [Line("row0", "a"), Line("row1", "b")], [new("row0", 1, 1)]));
        Assert.Equal("MOPS4007", JoinError(items, [Line("row0", "a"), Line("row1", "b")], [new("row0", 1, 1), new("row1", 1, double.NaN)]));
        Assert.Equal("MOPS4007", JoinError(items, [Line("row0", "a"), Line("row1", "b")], [new("row0", 1, 1), new("row1", 0, 0)]));
    }

    [Fact]
    public void Nothing_to_evaluate_two_of_a_name_and_an_unscored_candidate_are_errors()
    {
        Assert.Equal("MOPS4008", Code(() => Report([], Candidate())));
        Assert.Equal("MOPS4010", Code(() => Report(SameItems(1), Candidate("a"), Run("p", SubjectKind.Baseline, "a"), Run("p", SubjectKind.Baseline, "b"))));
        Assert.Equal("MOPS4005", Code(() => Report(SameItems(2), Candidate("a"))));
        Assert.Equal("MOPS4007", Code(() => Report(SameItems(1), [new MetricSpec("MeanLoss")], Candidate("a"))));
    }

    private static string JoinError(IReadOnlyList<EvaluationItem> items, AnswerLine[] answers, ScoreLine[]? scores = null)
        => Code(() => SubjectRun.Join("zero-shot", SubjectKind.Baseline, items, answers, scores, "answers.jsonl"));

    private static string Code(Action action) => Assert.Throws<DiagnosticException>(action).Diagnostic.Code;

    private static AnswerLine Line(string id, string text, int repeat = 0) => new(id, repeat, text, 3, 4, "stop", 1.5);

    private void Refused(JsonObject json, string detail)
    {
        string path = File(Encoding.UTF8.GetBytes(json.ToJsonString()));
        Diagnostic found = Assert.Throws<DiagnosticException>(() => EvaluationJson.Read(path)).Diagnostic;
        Assert.Equal(("MOPS4009", new SourceLocation(path)), (found.Code, found.Location!.Value));
        Assert.Contains(detail, found.Message, StringComparison.Ordinal);
    }

    private string File(byte[] bytes)
    {
        string path = Path.Combine(_folder.FullName, "eval.json");
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }
}
