using System.Text.Json;
using System.Text.RegularExpressions;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

/// <summary>Duplicates and overlap of real public datasets, against counts by other means: strings in sets, and every pair that shares a run of words.</summary>
public sealed partial class PublicDatasetTests
{
    [FactIfShared("datasets/banking77.train.jsonl")]
    public void Banking77_has_the_repetitions_and_the_overlap_that_a_plain_count_finds()
    {
        string train = SharedCases.In("datasets/banking77.train.jsonl"), test = SharedCases.In("datasets/banking77.test.jsonl");
        (string Question, string Answer)[] learned = Rows(train), asked = Rows(test);
        DataChecks checks = new() { Findings = new Findings() };
        IReadOnlyList<Dataset> sets = DatasetReview.Read([DatasetKind.Training, DatasetKind.Evaluation], checks, (kind, wanted) => DatasetReader.Read(
            [kind == DatasetKind.Training ? train : test], kind, new ReadOptions { Checks = wanted }, new RecordingLog(), CancellationToken.None));
        Assert.Equal(2, sets.Count);
        var findings = new Findings();
        DatasetReview.Compare([sets[0]], checks with { Findings = findings });
        int[] Lines(Findings of, string code) => [.. of.InOrder().Where(d => d.Code == code).Select(d => d.Location!.Value.Line)];

        // Repetitions but for case and white space (found as MOPS1045 where every byte is the same), and contradictions.
        string[] normal = [.. learned.Select(r => Normal(r.Question))];
        int[] copies = [.. Enumerable.Range(0, learned.Length).Where(i => IsCopy(normal, learned, i)).Select(i => i + 1)];
        Assert.Equal(normal.Zip(learned).GroupBy(p => p.First).Sum(g => g.Select(p => p.Second.Answer).Distinct().Count() - 1), Lines(findings, "MOPS1047").Length);

        // Near duplicates within, and questions of the test set near those that are learned.
        HashSet<string>[] rows = [.. learned.Select(r => Runs([.. Words(r.Question), .. Words(r.Answer)]))];
        var all = new Index(rows);
        int[] near = [.. Enumerable.Range(0, rows.Length).Where(i => !IsCopy(normal, learned, i) && all.Sharing(rows[i]).Any(j => j < i && Jaccard(rows[i], rows[j]) >= 0.8)).Select(i => i + 1)];
        Assert.Equal([.. near.Concat(copies).Order()], Lines(findings, "MOPS1046").Concat(Lines(findings, "MOPS1045")).Order());
        HashSet<string>[] questions = [.. learned.Select(r => Runs(Words(r.Question)))];
        var index = new Index(questions);
        HashSet<string> exact = [.. normal];
        int[] leaks = [.. asked.Index().Where(a => Runs(Words(a.Item.Question)) is var runs
            && index.Sharing(runs).Any(j => normal[j] != Normal(a.Item.Question) && Jaccard(runs, questions[j]) >= 0.8)).Select(a => a.Index + 1)];
        Assert.Equal(leaks, Lines(checks.Findings, "MOPS1048").Order());
        var log = new RecordingLog();
        Leakage.Check(sets, log);
        int leaked = asked.Count(a => exact.Contains(Normal(a.Question)));
        Assert.Equal(leaked, log.Diagnostics.Count(d => d.Code == "MOPS1015") + (leaked > 20 ? leaked - 20 : 0));
        Assert.True(near.Length > 20 && leaks.Length > 5, $"{near.Length} near duplicates, {leaks.Length} near leaks, {leaked} leaks");
    }

    private static bool IsCopy(string[] normal, (string Question, string Answer)[] rows, int i)
        => Array.IndexOf(normal, normal[i]) < i && Enumerable.Range(0, i).Any(j => normal[j] == normal[i] && rows[j].Answer == rows[i].Answer);

    private static (string Question, string Answer)[] Rows(string path) => [.. File.ReadLines(path).Where(l => l.Length > 0).Select(line =>
    {
        using var row = JsonDocument.Parse(line);
        JsonElement[] messages = [.. row.RootElement.GetProperty("messages").EnumerateArray()];
        return (string.Join('\n', messages.Where(m => m.GetProperty("role").GetString() == "user").Select(m => m.GetProperty("content").GetString())), messages[^1].GetProperty("content").GetString()!);
    })];

    private static string Normal(string text) => WhiteSpace().Replace(text.Trim(), " ").ToLowerInvariant();

    private static string[] Words(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(m => m.Value)];

    private static HashSet<string> Runs(string[] words) => words.Length == 0 ? [] : [.. Enumerable.Range(0, Math.Max(1, words.Length - 2)).Select(i => string.Join(' ', words.Skip(i).Take(3)))];

    private static double Jaccard(HashSet<string> left, HashSet<string> right)
    {
        int shared = left.Count(right.Contains);
        return left.Count + right.Count == shared ? 0 : (double)shared / (left.Count + right.Count - shared);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"[\p{L}\p{Nd}]+")]
    private static partial Regex Word();

    /// <summary>Rows by the runs that they have.</summary>
    private sealed class Index
    {
        private readonly Dictionary<string, List<int>> _rows = new(StringComparer.Ordinal);

        public Index(HashSet<string>[] sets)
        {
            foreach ((int i, string run) in sets.SelectMany((set, i) => set.Select(run => (i, run))))
            {
                (_rows.TryGetValue(run, out List<int>? rows) ? rows : _rows[run] = []).Add(i);
            }
        }

        public IEnumerable<int> Sharing(HashSet<string> runs) => runs.SelectMany(r => _rows.GetValueOrDefault(r, [])).Distinct();
    }
}
