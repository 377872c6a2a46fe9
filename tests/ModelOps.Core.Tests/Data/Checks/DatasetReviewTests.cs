using System.Globalization;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

/// <summary>What shows only in whole sets, against slow and simple counts.</summary>
public sealed class DatasetReviewTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Row(string question, string answer) => $$"""{"prompt":"{{question}}","completion":"{{answer}}"}""";

    private List<Diagnostic> Review(IEnumerable<string> training, IEnumerable<string>? evaluation = null, double threshold = 0.8, long memory = long.MaxValue)
    {
        var findings = new Findings();
        string train = _folder.Write("train.jsonl", string.Join('\n', training)), eval = _folder.Write("eval.jsonl", string.Join('\n', evaluation ?? []));
        DataChecks checks = new() { Findings = findings, NearDuplicates = threshold };
        DatasetKind[] kinds = evaluation is null ? [DatasetKind.Training] : [DatasetKind.Training, DatasetKind.Evaluation];
        IReadOnlyList<Dataset> sets = DatasetReview.Read(kinds, checks, (kind, wanted) => DatasetReader.Read(
            [kind == DatasetKind.Training ? train : eval], kind, new ReadOptions { Checks = wanted, Memory = memory }, new RecordingLog(), CancellationToken.None));
        DatasetReview.Compare(sets, checks);
        return [.. findings.InOrder()];
    }

    private static IEnumerable<(string Code, string File, int Line)> Places(IEnumerable<Diagnostic> found)
        => found.Select(d => (d.Code, Path.GetFileName(d.Location!.Value.File), d.Location.Value.Line));

    [Fact]
    public void Repetitions_and_contradictions_are_found_once_each()
    {
        string near = "since I moved to another city and lost the old phone nobody could help, so please tell me how I can reset the password of my account when the mail with the link never arrives at all";
        List<Diagnostic> found = Review(
        [
            Row("Where is it?", "here"), Row("Where is it?", "here"), Row("where  IS it?", "here"), Row("Where is it?", "there"),
            Row(near, "Use the form."), Row(near.Replace("at all", "today", StringComparison.Ordinal), "Use the form."), Row("Something else entirely, of which nothing is known.", "No."),
        ]);
        Assert.Equal([("MOPS1045", "train.jsonl", 2), ("MOPS1046", "train.jsonl", 3), ("MOPS1047", "train.jsonl", 4), ("MOPS1046", "train.jsonl", 6)], Places(found));
        Assert.Contains("train.jsonl(5,1)", found[3].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_nearly_identical_question_is_a_leak_whatever_the_answer()
    {
        string question = "please tell me how I can reset the password of my account when the mail with the link never arrives at all";
        List<Diagnostic> found = Review([Row("other", "a"), Row(question, "b")], [Row(question.Replace("at all", "today", StringComparison.Ordinal), "c"), Row("what is the capital of France", "d")]);
        Diagnostic leak = Assert.Single(found, d => d.Code == "MOPS1048");
        Assert.Equal((DiagnosticSeverity.Error, 1), (leak.Severity, leak.Location!.Value.Line));
        Assert.Contains("train.jsonl(2,1)", leak.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Review([Row(question, "b")], [Row(question.Replace("at all", "today", StringComparison.Ordinal), "c")], threshold: 0), d => d.Code == "MOPS1048");
    }

    [Fact]
    public void Labels_are_compared_between_the_sets()
    {
        IEnumerable<string> Rows(string label, int count, string prefix) => Enumerable.Range(0, count).Select(i => Row($"{prefix} {label} number {i} of many", label));
        List<Diagnostic> found = Review([.. Rows("often", 50, "t"), .. Rows("rare", 2, "t"), .. Rows("untested", 9, "t")], [.. Rows("often", 5, "e"), .. Rows("rare", 5, "e"), .. Rows("new", 3, "e")]);
        Assert.Equal([("MOPS1050", "train.jsonl", 51), ("MOPS1051", "eval.jsonl", 11), ("MOPS1052", "train.jsonl", 53)], Places(found.Where(d => d.Code.StartsWith("MOPS105", StringComparison.Ordinal))).Order());
        Assert.Contains("'often' has 50 rows, 'rare' 2 rows", found.Single(d => d.Code == "MOPS1050").Message, StringComparison.Ordinal);

        // Texts are no labels.
        Assert.DoesNotContain(Review([.. Enumerable.Range(0, 60).Select(i => Row($"q{i}", $"a{i}"))], [Row("x", "y")]), d => d.Code is "MOPS1051" or "MOPS1052");
    }

    [Fact]
    public void A_shift_of_lengths_is_found_and_chance_is_not()
    {
        IEnumerable<string> Rows(int seed, int least, int most)
        {
            var random = new Random(seed);
            return Enumerable.Range(0, 200).Select(i => Row(string.Join(' ', Enumerable.Range(0, random.Next(least, most)).Select(_ => random.Next().ToString(CultureInfo.InvariantCulture))), $"{i} {seed}"));
        }

        Assert.DoesNotContain(Review(Rows(1, 5, 30), Rows(2, 5, 30)), d => d.Code == "MOPS1053");
        Diagnostic shift = Assert.Single(Review(Rows(1, 5, 30), Rows(2, 15, 60)), d => d.Code == "MOPS1053");
        Assert.Contains("questions", shift.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Near_duplicates_are_those_that_comparing_all_pairs_finds()
    {
        var random = new Random(8);
        string[] words = [.. Enumerable.Range(0, 300).Select(i => $"w{i}")];
        var texts = new List<string>();
        for (int i = 0; i < 600; i++)
        {
            string[] text = i > 20 && random.Next(3) == 0 ? texts[random.Next(texts.Count)].Split(' ') : [.. Enumerable.Range(0, random.Next(3, 60)).Select(_ => words[random.Next(words.Length)])];
            for (int edits = random.Next(4); edits > 0; edits--)
            {
                text[random.Next(text.Length)] = words[random.Next(words.Length)];
            }

            texts.Add(string.Join(' ', text));
        }

        string[] rows = [.. texts.Select((t, i) => Row(t, $"a{i}"))];
        HashSet<string>[] sets = [.. texts.Select((t, i) => Runs([.. t.Split(' '), $"a{i}"]))];
        var expected = Enumerable.Range(0, sets.Length).Where(i => Enumerable.Range(0, i).Any(j => Jaccard(sets[i], sets[j]) >= 0.5)).Select(i => i + 1).ToArray();
        Assert.True(expected.Length > 50);
        Assert.Equal(expected.Length, Review(rows, threshold: 0.5).Count(d => d.Code == "MOPS1046"), expected.Length / 20.0); // 0.79 of the pairs at the threshold are proposed, most have several
        int[] strict = [.. Enumerable.Range(0, sets.Length).Where(i => Enumerable.Range(0, i).Any(j => Jaccard(sets[i], sets[j]) >= 0.8)).Select(i => i + 1)];
        Assert.Equal(strict, Review(rows).Where(d => d.Code == "MOPS1046").Select(d => d.Location!.Value.Line));

        // The same from a file when memory is short.
        Assert.Equal(strict, Review(rows, memory: 0).Where(d => d.Code == "MOPS1046").Select(d => d.Location!.Value.Line));
    }

    private static HashSet<string> Runs(string[] words) => [.. Enumerable.Range(0, Math.Max(1, words.Length - 2)).Select(i => string.Join(' ', words.Skip(i).Take(3)))];

    private static double Jaccard(HashSet<string> left, HashSet<string> right)
    {
        int shared = left.Count(right.Contains);
        return (double)shared / (left.Count + right.Count - shared);
    }

    [Theory]
    [InlineData(9000)]
    [InlineData(1)] // rows that nothing tells apart
    public void A_set_that_does_not_fit_into_memory_is_the_same_set(int questions)
    {
        var random = new Random(4);
        string[] lines = [.. Enumerable.Range(0, 20_000).Select(i => Row(
            $"question {random.Next(questions)} {new string('x', questions == 1 ? 300 : random.Next(300))}", $"answer {(questions == 1 ? 0 : random.Next(3))}"))];
        string path = _folder.Write("big.jsonl", string.Join('\n', lines));
        foreach (RowOrder order in Enum.GetValues<RowOrder>())
        {
            Dataset Read(long memory) => DatasetReader.Read([path], DatasetKind.Training, new ReadOptions { Memory = memory, Order = order, SpillFolder = _folder.In("spill") }, new RecordingLog(), CancellationToken.None)!;
            Dataset whole = Read(long.MaxValue);
            foreach (long memory in new[] { 0L, 3_000_000 })
            {
                Dataset spilled = Read(memory);
                Assert.Equal(whole.Digest, spilled.Digest);
                Assert.Equal(whole.Rows.Select(r => (r.Id, r.Location)), spilled.Rows.Select(r => (r.Id, r.Location)));
                Assert.Equal(whole.Rows[^1].Messages, spilled.Rows[^1].Messages);
                whole.WriteRows(_folder.In("rows", "whole.jsonl"));
                spilled.WriteRows(_folder.In("rows", "spilled.jsonl"));
                Assert.Equal(File.ReadAllBytes(_folder.In("rows", "whole.jsonl")), File.ReadAllBytes(_folder.In("rows", "spilled.jsonl")));
            }
        }

        Assert.Empty(Directory.GetFiles(_folder.In("spill")));
    }
}
