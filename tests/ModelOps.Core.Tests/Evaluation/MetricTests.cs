using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;

namespace ModelOps.Core.Tests.Evaluation;

public sealed class MetricTests
{
    private const string Ticket = """{"queue":"billing","priority":1.0}""";

    [Theory]
    [InlineData("billing", "billing", true)]
    [InlineData("billing", "  billing\n", true)]
    [InlineData("billing", "Billing", false)]
    [InlineData("billing", "billing.", false)]
    [InlineData("1", "1.0", false)] // JSON equality is for objects only
    [InlineData(Ticket, """{ "priority": 1, "queue": "billing" }""", true)]
    [InlineData(Ticket, """{"queue":"\u0062illing","priority":1e0}""", true)]
    [InlineData(Ticket, """{"queue":"billing"}""", false)]
    [InlineData(Ticket, """{"queue":"billing","priority":1,"more":null}""", false)]
    [InlineData(Ticket, """{"queue":"billing","queue":"billing","priority":1}""", false)]
    [InlineData(Ticket, "```json\n{\"queue\":\"billing\",\"priority\":1}\n```", false)]
    [InlineData(Ticket, "", false)]
    [InlineData(Ticket, "{\"queue\":\"\ud800\"}", false)]
    public void ExactMatch_is_same_text_or_equal_json_object(string reference, string answer, bool right)
        => Assert.Equal(right ? 1 : 0, Score(new ExactMatch(), reference, answer));

    [Theory]
    [InlineData("""{"queue":"billing"}""", true)]
    [InlineData("""{"queue":"billing","priority":7}""", true)]
    [InlineData("""{"queue":"sales"}""", false)]
    [InlineData("""{"priority":1}""", false)]
    [InlineData("""["billing"]""", false)]
    [InlineData("billing", false)]
    public void FieldAccuracy_compares_one_field_as_json(string answer, bool right)
        => Assert.Equal(right ? 1 : 0, Score(new FieldAccuracy("queue"), Ticket, answer));

    [Fact]
    public void FieldAccuracy_wants_a_field_absent_where_the_reference_has_none()
    {
        MetricSample sample = new FieldAccuracy("note").Score(
            Items("""{"note":"x"}""", """{"a":1}""", """{"a":1}""", """{"note":null}"""),
            Candidate("""{"note":"x"}""", """{"a":2}""", """{"note":"y"}""", """{"a":1}"""));
        Assert.Equal([1, 1, 0, 0], sample.RowScores);
    }

    [Fact]
    public void A_field_that_no_reference_has_is_an_error_with_the_nearest_one()
    {
        DiagnosticException e = Assert.Throws<DiagnosticException>(() => new FieldAccuracy("quue").Score(Items(Ticket), Candidate(Ticket)));
        Assert.Equal("MOPS4004", e.Diagnostic.Code);
        Assert.Contains("Did you mean 'queue'?", e.Diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal("MOPS4004", Assert.Throws<DiagnosticException>(() => new F1(true, "queue").Score(Items("billing"), Candidate("billing"))).Diagnostic.Code);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData(" [1] ", true)]
    [InlineData("null", true)]
    [InlineData("{,}", false)]
    [InlineData("{\"a\":1}}", false)]
    [InlineData("{\"a\":1,\"a\":2}", false)]
    [InlineData("{'a':1}", false)]
    [InlineData("{\"a\":NaN}", false)]
    [InlineData("", false)]
    public void JsonValid_is_one_strict_json_value(string answer, bool right) => Assert.Equal(right ? 1 : 0, Score(new JsonValid(), "x", answer));

    [Fact]
    public void An_answer_nested_beyond_reason_is_wrong_and_breaks_nothing()
        => Assert.Equal(0, Score(new JsonValid(), Ticket, new string('[', 100_000)));

    // The example in scikit-learn's documentation of f1_score: macro 0.26…, micro 0.33….
    [Fact]
    public void F1_matches_scikit_learns_documented_example()
    {
        IReadOnlyList<EvaluationItem> items = Items("0", "1", "2", "0", "1", "2");
        SubjectRun run = Candidate("0", "2", "1", "0", "0", "1");
        Assert.Equal(0.26666666666666666, new F1(macro: true).Score(items, run).Value(), 1e-15);
        Assert.Equal(1 / 3.0, new F1(macro: false).Score(items, run).Value(), 1e-15);
    }

    [Fact]
    public void F1_takes_a_label_of_its_own_invention_for_a_miss_and_nothing_else()
    {
        // a: TP 1, FN 1, FP 0 -> 2/3; b: TP 1 -> 1. Pooled: 2*2 / (2*2 + 0 + 1).
        IReadOnlyList<EvaluationItem> items = Items("a", "a", "b");
        SubjectRun run = Candidate(" a ", "something else", "b");
        Assert.Equal(5 / 6.0, new F1(macro: true).Score(items, run).Value(), 1e-15);
        Assert.Equal(0.8, new F1(macro: false).Score(items, run).Value(), 1e-15);
    }

    [Fact]
    public void F1_of_a_field_reads_json_and_keeps_kinds_apart()
    {
        IReadOnlyList<EvaluationItem> items = Items("""{"q":"1"}""", """{"q":"2"}""");
        Assert.Equal(1, new F1(true, "q").Score(items, Candidate("""{"q":"1","x":0}""", """{"q":"2"}""")).Value());
        Assert.Equal(0, new F1(true, "q").Score(items, Candidate("""{"q":1}""", "2")).Value());
    }

    [Fact]
    public void MeanLoss_weighs_tokens_not_rows()
    {
        var run = new SubjectRun("candidate", SubjectKind.Candidate, [new("x", Score: new(1, 3.0)), new("x", Score: new(9, 9.0))]);
        MetricSample sample = new MeanLoss().Score(SameItems(2), run);
        Assert.Equal(1.2, sample.Value(), 1e-15);
        Assert.Equal([3.0, 1.0], sample.RowScores);
        Assert.Equal("MOPS4007", Assert.Throws<DiagnosticException>(() => new MeanLoss().Score(SameItems(2), Candidate("x", "y"))).Diagnostic.Code);
    }

    [Theory]
    [InlineData("ExactMach", "MOPS4001", "Did you mean 'ExactMatch'?")]
    [InlineData("exactmatch", "MOPS4001", "Did you mean 'ExactMatch'?")]
    [InlineData("Fluency", "MOPS4001", "Known: Assembly, Bleu")]
    [InlineData("FieldAccuracy", "MOPS4002", "Field=")]
    public void A_metric_that_is_not_there_is_an_error_with_a_place(string name, string code, string text)
    {
        var at = new SourceLocation("a.csproj", 7, 5);
        DiagnosticException e = Assert.Throws<DiagnosticException>(() => MetricRegistry.Resolve(new MetricSpec(name), at));
        Assert.Equal((code, at), (e.Diagnostic.Code, e.Diagnostic.Location));
        Assert.Contains(text, e.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_where_none_belongs_is_an_error()
        => Assert.Equal("MOPS4003", Assert.Throws<DiagnosticException>(() => MetricRegistry.Resolve(new MetricSpec("ExactMatch", "queue"))).Diagnostic.Code);

    [Fact]
    public void Selection_follows_the_data_and_the_gates()
    {
        Assert.Equal(
            ["ExactMatch", "JsonValid", "FieldAccuracy(priority)", "FieldAccuracy(queue)", "MeanLoss", "MacroF1(queue)"],
            MetricRegistry.Select(Items(Ticket, Ticket), scored: true, [new MetricSpec("JsonValid"), new MetricSpec("MacroF1", "queue")]).Select(m => m.ToString()));
        Assert.Equal(["ExactMatch", "MacroF1"], MetricRegistry.Select(Items("a", "b", "a", "b"), scored: false, []).Select(m => m.ToString()));
        Assert.Equal(["ExactMatch"], MetricRegistry.Select(Items("one text", "another text"), scored: false, []).Select(m => m.ToString()));
    }

    private static double Score(IMetric metric, string reference, string answer) => metric.Score(Items(reference), Candidate(answer)).Value();
}
