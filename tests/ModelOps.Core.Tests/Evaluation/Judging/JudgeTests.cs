using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Tests.Evaluation.Judging;

public sealed class JudgeTests
{
    private static readonly JudgeForm s_rubric = new(JudgeKind.Rubric, ["polite", "complete"], 5), s_pair = new(JudgeKind.Pairwise, [], 2);

    // The third is the example of Cohen's paper of 1960 (.492). Limits: the delta method with numerical derivatives, independent of the closed form.
    [Theory]
    [InlineData(new[] { 20, 5, 10, 15 }, 0.4, 0.15109229048, 0.64890770952)]
    [InlineData(new[] { 45, 15, 25, 15 }, 0.13043478260869554, -0.06293827780, 0.32380784302)]
    [InlineData(new[] { 88, 14, 18, 10, 40, 10, 2, 6, 12 }, 0.49152542372881347, 0.39156370205, 0.59148714541)]
    [InlineData(new[] { 106, 10, 4, 22, 28, 10, 2, 12, 6 }, 0.4285714285714286, 0.32329979345, 0.53384306369)]
    public void Kappa_matches_published_and_independent_values(int[] cells, double kappa, double lower, double upper)
    {
        CohenKappa found = CohenKappa.Of(Square(cells));
        Assert.Equal(kappa, found.Value, 1e-12);
        Assert.Equal(lower, found.Interval.Lower, 1e-6);
        Assert.Equal(upper, found.Interval.Upper, 1e-6);
    }

    [Fact]
    public void Perfect_agreement_on_few_cases_is_no_proof_and_one_label_alone_says_nothing()
    {
        CohenKappa few = CohenKappa.Of(Square([3, 0, 0, 3])), many = CohenKappa.Of(Square([50, 0, 0, 50]));
        Assert.Equal((1, 1, true), (few.Value, many.Value, few.Interval.Lower < 0.3 && many.Interval.Lower > 0.9));
        CohenKappa one = CohenKappa.Of(Square([20, 0, 0, 0]));
        Assert.Equal((0, new Interval(-1, 1)), (one.Value, one.Interval));
    }

    [Theory]
    [InlineData("""{"polite":5,"complete":1}""", 0.5)]
    [InlineData("It is polite {so}. {\"polite\": 4, \"complete\": 5}", 0.875)]
    [InlineData("""first {"polite":1,"complete":1} then {"polite":5,"complete":5}""", 1.0)]
    [InlineData("""{"polite":6,"complete":1}""", null)]
    [InlineData("""{"polite":5}""", null)]
    [InlineData("very polite", null)]
    [InlineData("", null)]
    public void A_rubric_is_the_mean_of_its_marks(string said, double? score) => Assert.Equal(score, s_rubric.Score(said));

    [Theory]
    [InlineData("""{"better":"A"}""", 1.0)]
    [InlineData("""{"better":"B"}""", 0.0)]
    [InlineData("""{"better":"tie"}""", 0.5)]
    [InlineData("""{"better":"C"}""", null)]
    public void A_comparison_names_the_better_one(string said, double? score) => Assert.Equal(score, s_pair.Score(said));

    [Theory]
    [InlineData(1, 0, 1)] // A, then B: the answer both times
    [InlineData(0, 1, 0)]
    [InlineData(1, 1, 0.5)] // always the one that stands first
    [InlineData(0, 0, 0.5)]
    [InlineData(1, 0.5, 0.5)]
    [InlineData(0.5, 0.5, 0.5)]
    public void Who_wins_in_one_order_alone_has_not_won(double first, double swapped, double score) => Assert.Equal(score, JudgeForm.Both(first, swapped));

    [Fact]
    public void The_schema_takes_what_the_form_takes()
    {
        var schema = new JsonSchema(s_rubric.Schema().GetRawText());
        Assert.True(schema.IsValid(JsonText.TryParse("""{"polite":5,"complete":1}""")!.Value));
        Assert.False(schema.IsValid(JsonText.TryParse("""{"polite":6,"complete":1}""")!.Value));
        Assert.False(schema.IsValid(JsonText.TryParse("""{"polite":5}""")!.Value));
        Assert.True(new JsonSchema(s_pair.Schema().GetRawText()).IsValid(JsonText.TryParse("""{"better":"tie"}""")!.Value));
    }

    [Fact]
    public void A_judge_is_trusted_only_as_far_as_people_agree_with_it()
    {
        IEnumerable<(string, double)> cases = Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? "pass" : "fail", i % 2 == 0 ? 0.9 : i == 1 ? 0.5 : 0.2));
        JudgeAgreement good = JudgeAgreement.Of("tone", JudgeKind.Rubric, cases, 0.4);
        Assert.Equal([[19, 1], [0, 20]], good.Counts);
        Assert.True(good.IsShown);
        Assert.False((good with { Minimum = 0.95 }).IsShown);
        Assert.False(JudgeAgreement.Of("tone", JudgeKind.Rubric, cases.Take(4), 0.4).IsShown);
        Assert.Equal([[1, 0, 0], [0, 0, 1], [0, 0, 0]], JudgeAgreement.Of("pair", JudgeKind.Pairwise, [("A", 1), ("B", 0.5)], 0.4).Counts);
    }

    [Theory]
    [InlineData("meta-llama/Llama-3.2-1B", "TinyLlama-1.1B-Chat", true)]
    [InlineData("gpt-4.1-mini", "openai/gpt-oss-20b", true)]
    [InlineData("Qwen2.5-0.5B-Instruct", "SmolLM2-135M", false)]
    [InlineData("tiny-base", "tiny-base", false)] // no family's name
    public void Relatives_are_known_by_name(string first, string second, bool related) => Assert.Equal(related, ModelFamily.AreRelated(first, second));

    private static int[][] Square(int[] cells)
    {
        int size = (int)Math.Sqrt(cells.Length);
        return [.. cells.Chunk(size)];
    }
}
