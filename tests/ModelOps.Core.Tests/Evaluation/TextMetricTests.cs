using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Protocol;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;

namespace ModelOps.Core.Tests.Evaluation;

/// <summary>Metrics of text against figures that others published.</summary>
public sealed class TextMetricTests
{
    // The multi-reference example of sacreBLEU's README, and the figures of its test/test_bleu.py at commit 2ae13669da7225533712cb839e70b169336caadf.
    private static readonly string[][] s_references =
    [
        ["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected.", "No one was surprised."], ["The man bit him first.", "The man had bitten the dog."],
    ];

    private static readonly string[] s_answers = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];

    [Fact]
    public void Bleu_is_sacrebleus()
    {
        Assert.Equal(48.530827, Corpus(s_answers, Tokenizer13a.Words), 1e-6);
        Assert.Equal(49.1919566, Corpus(s_answers, text => text.Split(' ')), 1e-6);
        Assert.Equal(0, Corpus(["", "", ""], Tokenizer13a.Words));
    }

    // The same file's cases of statistics alone: scoring, orders that the answer is too short for, nothing at all.
    [Theory]
    [InlineData(new[] { 9.0, 7, 5, 3, 10, 8, 6, 4, 11, 11 }, false, 83.75922397)]
    [InlineData(new[] { 1.0, 0, 0, 0, 1, 0, 0, 0, 1, 2 }, true, 36.78794411714425)]
    [InlineData(new[] { 2.0, 1, 0, 0, 2, 1, 0, 0, 2, 2 }, true, 100)]
    [InlineData(new[] { 0.0, 0, 0, 0, 4, 4, 2, 1, 0, 1 }, false, 0)]
    [InlineData(new[] { 0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, false, 0)]
    public void Bleu_of_counts_is_sacrebleus(double[] counts, bool effectiveOrder, double expected) => Assert.Equal(expected, Bleu.Value(counts, effectiveOrder), 1e-6);

    [Theory]
    [InlineData("Hello, world!", "Hello , world !")]
    [InlineData("It's 3.5, i.e. 1,000-2 (a/b).", "It's 3.5 , i . e . 1,000 - 2 ( a / b ) .")]
    [InlineData("&quot;x&amp;y&quot; well-known", "\" x & y \" well-known")]
    [InlineData("..", ". .")]
    public void Words_of_13a(string text, string expected) => Assert.Equal(expected, string.Join(' ', Tokenizer13a.Words(text)));

    // sacreBLEU's test/test_chrf.py at commit 0dca9d481824294b6e2b67b5bc6d7b6564a2553a: effective order, beta 3.
    [Theory]
    [InlineData("a", "a", 100, false)]
    [InlineData("", "reference", 0, false)]
    [InlineData("a b c", "a b c", 100, false)]
    [InlineData("a b c", "abc", 100, false)]
    [InlineData("aa", "ab", 25, false)]
    [InlineData(" risk assessment must be made of those who are qualified and expertise in the sector - these are the scientists .", "risk assessment has to be undertaken by those who are qualified and expert in that area - that is the scientists .", 63.361730, false)]
    [InlineData(" Die    Beziehung zwischen  Obama und Netanjahu ist nicht gerade  freundlich. ", "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.", 64.1302698, false)]
    [InlineData("Die Beziehung zwischen Obama und Netanjahu ist nicht gerade freundlich.", "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.", 67.3481606, true)]
    [InlineData("risk assessment must be made of those who are qualified and expertise in the sector - these are the scientists .", "risk assessment has to be undertaken by those who are qualified and expert in that area - that is the scientists .", 65.2414427, true)]
    public void Chrf_is_sacrebleus(string answer, string reference, double expected, bool whiteSpace)
        => Assert.Equal(expected, Chrf.Value(Chrf.Counts(answer, reference, whiteSpace), beta: 3), 1e-6);

    [Fact]
    public void Corpus_metrics_sum_counts_and_not_scores()
    {
        // sacreBLEU's case of two segments: 50, not the mean of 100 and 0.
        MetricSample sample = new Chrf().Score(Items("a", "c"), Candidate("a", "b"));
        Assert.Equal((50, 100, 0), (sample.Value(), sample.RowScores[0], sample.RowScores[1]));
        Assert.Equal(100, new Bleu().Score(Items("one two three four", "five six seven eight nine"), Candidate("one two three four", "five six seven eight nine")).Value(), 1e-9);
    }

    // rouge_score's rouge_scorer_test.py at commit 066e6a12a3817e45919458090102abfc0a09d287; the last lines are its figures of ROUGE-1.5.5.
    [Theory]
    [InlineData(1, "testing one two", "testing", 1 / 2.0)]
    [InlineData(2, "testing one two", "testing one", 2 / 3.0)]
    [InlineData(0, "testing one two", "testing one", 4 / 5.0)]
    [InlineData(0, "testing one two", "testing two", 4 / 5.0)]
    [InlineData(1, "testing one two", "", 0)]
    [InlineData(2, "testing one two", "", 0)]
    [InlineData(0, "w1 w2 w3 w4 w5", "/", 0)]
    [InlineData(1, Target0, Prediction0, 0.51163)]
    [InlineData(2, Target0, Prediction0, 0.39024)]
    [InlineData(0, Target0, Prediction0, 0.51163)]
    [InlineData(1, Target1, Prediction1, 0.50000)]
    [InlineData(2, Target1, Prediction1, 0.36364)]
    [InlineData(0, Target1, Prediction1, 0.50000)]
    public void Rouge_is_rouge_scores(int order, string reference, string answer, double expected) => Assert.Equal(expected, new Rouge(order).Of(reference, answer), 5e-6);

    private const string Target0 = "ZfbCUIUuePaiLVUlCaUXxkpu XPeWing tUHfPMuZ',-Xd Y BrUgVJing M-HV.-DgdDaY.rFDJCRing Ht-LM EKBDXkME,yz'RBr q'wtion wIojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxer tKM L";
    private const string Prediction0 = "rFDJCRtion Ht-LM EKtDXkME,yz'RBr q'wer wrojNbN wL,b .a-'XdQggyFl jB-RPP'iyOIcUxi";
    private const string Target1 = "KsJdPByEtAor fE-Qg Dpdbring cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMtion psing sbKao Q m qiing LMmer HqqLFXe,XPY,J XsurkMer ,ed nB'wH'bWVHjWFEing tQ.saefZwJtKrTlixYpMMsJing UCAPwNHeYVjDing c T BUySKtion gMPfJpwGw p'NvxAoping eu pBwMBKV'I DNxqelhu,PHPxDEq,mtion SN";
    private const string Prediction1 = "n cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMer pstion sbKao Q m qier LMmed HqqLFXe,XPY,J XsurkMeo ,ed nB'wH'bWVHjWFEer tQ.saefZwJtKrTlixYpMMNJtion UCAPwNHeYVjD";

    // The distances of the textbook pairs (Levenshtein 1966; Jurafsky and Martin), and symmetry on random texts.
    [Theory]
    [InlineData("kitten", "sitting", 1 - (3 / 7.0))]
    [InlineData("intention", "execution", 1 - (5 / 9.0))]
    [InlineData("", "", 1)]
    [InlineData("abc", "", 0)]
    [InlineData("😀a", "😀b", 0.5)]
    public void EditSimilarity_is_levenshteins(string reference, string answer, double expected)
    {
        Assert.Equal(expected, EditSimilarity.Of(reference, answer), 1e-15);
        Assert.Equal(expected, EditSimilarity.Of(answer, reference), 1e-15);
    }

    // SQuAD's normalisation: its own evaluation script counts each of these as equal or not.
    [Theory]
    [InlineData("The Norman dynasty", "norman   dynasty!", true)]
    [InlineData("U.S.", "us", true)]
    [InlineData("a theory", "theory", true)]
    [InlineData("an answer", "answers", false)]
    [InlineData("10%", "10", true)]
    public void NormalizedMatch_is_squads(string reference, string answer, bool right) => Assert.Equal(right ? 1 : 0, Score("NormalizedMatch", reference, answer));

    [Theory]
    [InlineData("Contains", null, "billing", "The queue is billing.", true)]
    [InlineData("Contains", null, " billing ", "The queue is Billing.", false)]
    [InlineData("LabelAccuracy", null, "billing", " billing\n", true)]
    [InlineData("LabelAccuracy", null, "billing", "billing.", false)]
    [InlineData("Regex", "^[A-Z]{2}-[0-9]+$", "x", "AB-12", true)]
    [InlineData("Regex", "^[A-Z]{2}-[0-9]+$", "x", "see AB-12", false)]
    [InlineData("Regex", "(a+)+$", "x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false)] // would never end with backtracking
    public void Simple_matches(string metric, string? argument, string reference, string answer, bool right)
        => Assert.Equal(right ? 1 : 0, Score(metric, reference, answer, argument));

    [Fact]
    public void Perplexity_is_the_exponential_of_the_mean_loss()
    {
        var run = new SubjectRun("candidate", SubjectKind.Candidate, [new("x", Score: new(1, Math.Log(2))), new("x", Score: new(3, 3 * Math.Log(4)))]);
        MetricSample sample = new Perplexity().Score(SameItems(2), run);
        Assert.Equal(Math.Pow(2, 1.75), sample.Value(), 1e-12);
        Assert.Equal(2, sample.RowScores[0], 1e-12);
        Assert.False(new Perplexity().AppliesTo(Run("floor:majority", SubjectKind.Floor, "x", "y")));
    }

    [Fact]
    public void TokenAccuracy_counts_tokens_not_rows()
    {
        var run = new SubjectRun("candidate", SubjectKind.Candidate, [new("x", Score: new(1, 1) { Likeliest = 0 }), new("x", Score: new(9, 1) { Likeliest = 8 })]);
        MetricSample sample = new TokenAccuracy().Score(SameItems(2), run);
        Assert.Equal((0.8, 0.0), (sample.Value(), sample.RowScores[0]));
        Assert.Equal("MOPS4007", Assert.Throws<DiagnosticException>(() => new TokenAccuracy().Score(SameItems(1), new SubjectRun("candidate", SubjectKind.Candidate, [new("x", Score: new(1, 1))]))).Diagnostic.Code);
    }

    [Fact]
    public void Sizes_and_cost_are_means_over_requests()
    {
        var run = new SubjectRun("candidate", SubjectKind.Candidate, [new("x", PromptTokens: 100, CompletionTokens: 10), new("y", PromptTokens: 300, CompletionTokens: 30)])
        {
            Price = new TokenPrice(2, 10, "USD"),
        };
        Assert.Equal(200, MetricRegistry.Resolve(new("PromptTokens")).Score(SameItems(2), run).Value());
        Assert.Equal(20, MetricRegistry.Resolve(new("CompletionTokens")).Score(SameItems(2), run).Value());
        Assert.Equal(1000 * ((200 * 2) + (20 * 10)) / 1e6, new CostPerThousand().Score(SameItems(2), run).Value(), 1e-12);
        Assert.Equal(0, new CostPerThousand().Score(SameItems(2), run with { Price = null }).Value());
    }

    [Fact]
    public void Scores_from_outside_are_means_and_a_missing_one_is_a_broken_tool()
    {
        var metric = new GivenScore(new MetricSpec("Command") { Argument = "tone" });
        SubjectRun run = Candidate("x", "y") with { GivenScores = new Dictionary<string, IReadOnlyList<double>> { ["Command(tone)"] = [0.5, 1] } };
        Assert.Equal(0.75, metric.Score(SameItems(2), run).Value());
        Assert.Equal("MOPS5154", Assert.Throws<DiagnosticException>(() => metric.Score(SameItems(2), Candidate("x", "y"))).Diagnostic.Code);
        SubjectRun wrong = run with { GivenScores = new Dictionary<string, IReadOnlyList<double>> { ["Command(tone)"] = [0.5, 4] } };
        Assert.Equal("MOPS5155", Assert.Throws<DiagnosticException>(() => metric.Score(SameItems(2), wrong)).Diagnostic.Code);
    }

    private static double Corpus(string[] answers, Func<string, string[]> words)
    {
        double[][] rows = [.. answers.Select((answer, i) => Bleu.Counts(words(answer), [.. s_references[i].Select(words)]))];
        return Bleu.Value([.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Sum(row => row[column]))]);
    }

    private static double Score(string metric, string reference, string answer, string? argument = null)
        => MetricRegistry.Resolve(new MetricSpec(metric) { Argument = argument }).Score(Items(reference), Candidate(answer)).Value();
}
