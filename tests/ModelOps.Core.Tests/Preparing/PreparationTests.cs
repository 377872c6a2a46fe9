using System.Text;
using System.Text.RegularExpressions;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;

namespace ModelOps.Core.Tests.Preparing;

public sealed class PreparationTests
{
    // Questions of ten words out of many: no two are alike by chance.
    private static string Question(int i) => string.Join(' ', Enumerable.Range(0, 10).Select(w => $"w{Digest.Of(Encoding.UTF8.GetBytes($"{i}/{w}")).Hex[..6]}"));

    private static string Row(string question, string answer, string? more = null) => $$"""{"prompt":"{{question}}","completion":"{{answer}}"{{more}}}""" + "\n";

    private static string Rows(int from, int to) => string.Concat(Enumerable.Range(from, to - from).Select(i => Row(Question(i), $"answer {i % 7}")));

    private static PreparedSets Prepare(string text, Func<PreparationRequest, PreparationRequest>? with = null, Func<SourceSpec, SourceSpec>? source = null)
    {
        using var sources = new Sources();
        PreparedSets sets = sources.Add("a.jsonl", SourceFormat.Chat, text, source).Prepare(with)!;
        Assert.DoesNotContain(sources.Log.Diagnostics, d => d.Severity == DiagnosticSeverity.Error);
        return sets;
    }

    [Fact]
    public void Shares_are_those_of_the_split()
    {
        PreparedSets sets = Prepare(Rows(0, 3000));
        Assert.Equal([DatasetKind.Training, DatasetKind.Validation, DatasetKind.Evaluation], sets.Sets.Select(s => s.Kind));

        // Three standard deviations of a binomial.
        Assert.InRange(sets.Sets[0].Lines.Count, 2400 - 66, 2400 + 66);
        Assert.InRange(sets.Sets[1].Lines.Count, 300 - 50, 300 + 50);
        Assert.Equal(3000, sets.Sets.Sum(s => s.Lines.Count));
        Assert.NotEqual(Sources.Sides(sets), Sources.Sides(Prepare(Rows(0, 3000), r => r with { Seed = 7 })));
    }

    [Fact]
    public void Neither_names_nor_order_of_files_and_records_have_a_part_in_the_bytes()
    {
        string[] rows = Rows(0, 200).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] All(params string[] texts)
        {
            using var sources = new Sources();
            foreach ((int i, string text) in texts.Index())
            {
                sources.Add($"{(char)('z' - i)}/{i}.jsonl", SourceFormat.Chat, text);
            }

            PreparedSets sets = sources.Prepare()!;
            return [.. sets.Sets.Select(s => string.Join('\n', Sources.Lines(sets, s.Kind)))];
        }

        string[] one = All(string.Join('\n', rows)), other = All($"[{string.Join(",\r\n", rows[..50].Reverse())}]", string.Join("\r\n", rows[50..].Reverse()));
        Assert.Equal(one, other);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Added_rows_move_no_row_that_they_do_not_resemble(int seed)
    {
        var random = new Random(seed);
        int[] all = [.. Enumerable.Range(0, 600)];
        random.Shuffle(all);
        string Text(int count) => string.Concat(all[..count].Select(i => Row(Question(i / 2) + (i % 2 == 1 ? " and more" : ""), $"a{i}")));
        Dictionary<string, DatasetKind> earlier = [];
        for (int count = 50; count <= 600; count += 275)
        {
            PreparedSets sets = Prepare(Text(count), r => r with { Seed = (ulong)seed });
            Dictionary<string, DatasetKind> now = Sources.Sides(sets);

            // A row that got a near-duplicate belongs to a cluster that may be called otherwise; all others stay.
            HashSet<string> joined = [.. sets.Placed.GroupBy(p => p.Row.Row.LastUserMessage.Replace(" and more", "", StringComparison.Ordinal)).Where(g => g.Count() > 1).SelectMany(g => g).Select(p => p.Row.QuestionKey)];
            Assert.All(earlier.Where(e => !joined.Contains(e.Key)), e => Assert.Equal(e.Value, now[e.Key]));
            earlier = now;
        }
    }

    [Fact]
    public void What_the_lock_knows_never_moves()
    {
        using var folder = new TemporaryFolder();
        string path = folder.In("split.lock");
        Dictionary<string, DatasetKind> earlier = [];
        for (int count = 100; count <= 400; count += 100)
        {
            string text = string.Concat(Enumerable.Range(0, count).Select(i => Row(Question(i % 100) + string.Concat(Enumerable.Repeat(" x", i / 100)), $"a{i}")));
            PreparedSets sets = Prepare(text, r => r with { Lock = SplitLock.Read(path) });
            File.WriteAllBytes(path, SplitLock.Read(path).With(sets.Placed));
            Dictionary<string, DatasetKind> now = Sources.Sides(sets);
            Assert.All(earlier, e => Assert.Equal(e.Value, now[e.Key]));
            earlier = now;
        }

        Assert.Equal(400, File.ReadAllLines(path).Length);
        Assert.All(File.ReadAllLines(path), line => Assert.Matches("^[0-9a-f]{16} (train|validation|eval)$", line));
    }

    [Fact]
    public void A_row_that_joins_what_the_lock_keeps_apart_is_an_error()
    {
        using var folder = new TemporaryFolder();
        using var sources = new Sources();
        string path = folder.In("split.lock");
        PreparedSets sets = Prepare(Rows(0, 100));
        File.WriteAllBytes(path, SplitLock.Read(path).With(sets.Placed));
        string Of(DatasetKind kind) => sets.Sets.First(s => s.Kind == kind).Lines[0].Row.Row.LastUserMessage;
        string text = Rows(0, 100) + Row(Of(DatasetKind.Training), "x", ",\"customer\":1") + Row(Of(DatasetKind.Evaluation), "y", ",\"customer\":1");
        sources.Add("a.jsonl", SourceFormat.Chat, Rows(0, 100)).Add("b.jsonl", SourceFormat.Chat, text[Rows(0, 100).Length..], s => s with { Group = "customer" });
        Assert.Null(sources.Prepare(r => r with { Lock = SplitLock.Read(path) }));
        Assert.Equal("MOPS1097", sources.Problem().Code);

        File.AppendAllText(path, "nonsense\n");
        Assert.Equal("MOPS1098", Assert.Throws<DiagnosticException>(() => SplitLock.Read(path)).Diagnostic.Code);
    }

    [Fact]
    public void Groups_and_what_is_nearly_the_same_are_never_torn_apart()
    {
        var random = new Random(5);
        string text = string.Concat(Enumerable.Range(0, 600).Select(i => Row(Question(i / 3) + (i % 3 == 0 ? "" : $" z{i}"), $"a{i}", $",\"customer\":{(i % 6 == 0 ? random.Next(60) : 1000 + i)}")));
        PreparedSets sets = Prepare(text, source: s => s with { Group = "customer" });
        Assert.All(sets.Placed.GroupBy(p => p.Row.Group), g => Assert.Single(g.Select(p => p.Kind).Distinct()));
        Assert.All(sets.Placed.GroupBy(p => p.Row.Row.LastUserMessage.Split(" z")[0]), g => Assert.Single(g.Select(p => p.Kind).Distinct()));
    }

    [Fact]
    public void What_is_split_never_leaks()
    {
        using var sources = new Sources();
        string text = string.Concat(Enumerable.Range(0, 900).Select(i => Row((i % 2 == 0 ? Question(i / 3) : Question(i / 3).ToUpperInvariant() + "  ") + (i % 3 == 2 ? " more" : ""), $"a{i % 5}")));
        PreparedSets prepared = sources.Add("a.jsonl", SourceFormat.Chat, text).Prepare(r => r with { Deduplicate = Deduplication.None })!;
        sources.Files.Write(prepared, "key");
        var findings = new Findings();
        IReadOnlyList<Dataset> sets = DatasetReview.Read(
            [.. sources.Files.Kinds], new DataChecks { Findings = findings }, (kind, checks) => DatasetReader.Read([sources.Files.Rows(kind)], kind, new ReadOptions { Checks = checks }, sources.Log, CancellationToken.None));
        Assert.Equal(3, sets.Count);
        Assert.True(Leakage.Check(sets, sources.Log));
        Assert.DoesNotContain("MOPS1048", findings.Counts.Keys);
        Assert.Empty(sources.Log.Diagnostics);
    }

    [Fact]
    public void Held_out_rows_have_no_part_in_the_training_rows()
    {
        string[] rows = [.. Enumerable.Range(0, 400).Select(i => Row(Question(i / 2) + (i % 2 == 0 ? "" : " x"), $"a{i}"))];
        PreparedSets whole = Prepare(string.Concat(rows), r => r with { Deduplicate = Deduplication.Near });
        HashSet<string> held = [.. whole.Placed.Where(p => p.Kind != DatasetKind.Training).Select(p => p.Row.Row.LastUserMessage)];
        Assert.NotEmpty(held);
        PreparedSets rest = Prepare(string.Concat(rows.Where(r => !held.Contains(Regex.Match(r, "\"prompt\":\"(.*?)\"").Groups[1].Value))), r => r with { Deduplicate = Deduplication.Near });
        Assert.Equal(Sources.Lines(whole, DatasetKind.Training), Sources.Lines(rest, DatasetKind.Training));
    }

    [Theory]
    [InlineData(Deduplication.None, 4)]
    [InlineData(Deduplication.Exact, 3)]
    [InlineData(Deduplication.Near, 2)]
    public void Repetitions_are_dropped_as_far_as_asked(Deduplication deduplicate, int left)
    {
        string question = Question(1);
        PreparedSets sets = Prepare(
            Row(question, "one two three four five") + Row(question, "one two three four five", ",\"source\":\"b\"") + Row(question, "one two three four five six") + Row(question, "another answer altogether, which contradicts the others in all that it says and then in some more words"),
            r => r with { Deduplicate = deduplicate, Split = new DataSplit(1, 0, 0) });
        Assert.Equal(left, Sources.All(sets).Length);
        Assert.Equal(4 - left, sets.Repeats.Count);
    }

    [Fact]
    public void Rules_drop_rows_and_say_which()
    {
        string text = Row("short", "ok") + Row("a question about cards", "too long an answer indeed") + Row("mail me", "a.b@contoso.com") + Row("good", "fine", ",\"kind\":\"x\"") + "{\"prompt\":\"no answer\"}\n" + Row("good 2", "fine", ",\"kind\":\"y\"");
        PreparedSets sets = Prepare(text, r => r with
        {
            Split = new DataSplit(1, 0, 0),
            Rules =
            [
                RowRule.Plain(RowRule.Valid), RowRule.Bounded("AnswerWords", 1, 4), RowRule.Plain("PersonalData"), RowRule.Pattern("PromptLacks", new Regex("^short$")), RowRule.Field("kind", ["x", "z"]),
            ],
        });
        Assert.Equal([Row("good", "fine", ",\"kind\":\"x\"").TrimEnd()], Sources.All(sets));
        Assert.Equal(
            [(1, "PromptLacks ^short$"), (2, "AnswerWords >= 1 <= 4"), (3, "PersonalData"), (5, "Valid"), (6, "Field kind = x | z")],
            sets.Sources[0].Dropped.OrderBy(d => d.Line).Select(d => (d.Line, d.Rule)));
    }

    [Fact]
    public void Weights_repeat_or_thin_out_training_rows_alone()
    {
        string text = Rows(0, 500);
        int Count(decimal weight, DatasetKind kind) => Sources.Lines(Prepare(text, source: s => s with { Weight = weight }), kind).Length;
        int training = Count(1, DatasetKind.Training), evaluation = Count(1, DatasetKind.Evaluation);
        Assert.Equal(2 * training, Count(2, DatasetKind.Training));
        Assert.InRange(Count(0.25m, DatasetKind.Training), training * 0.18, training * 0.32);
        Assert.Equal(evaluation, Count(2, DatasetKind.Evaluation));

        // A row that is there with a weight is there with a larger one.
        string[] few = Sources.Lines(Prepare(text, source: s => s with { Weight = 0.25m }), DatasetKind.Training), more = Sources.Lines(Prepare(text, source: s => s with { Weight = 0.5m }), DatasetKind.Training);
        Assert.Subset(more.ToHashSet(), few.ToHashSet());
    }

    [Fact]
    public void A_pinned_source_goes_to_its_set_whatever_rules_say()
    {
        using var sources = new Sources();
        sources.Add("a.jsonl", SourceFormat.Chat, Rows(0, 50)).Add("e.jsonl", SourceFormat.Chat, Row("e", "f") + Row("e", "f"), s => s with { Set = DatasetKind.Evaluation });
        PreparedSets sets = sources.Prepare(r => r with { Split = new DataSplit(1, 0, 0), Rules = [RowRule.Bounded("PromptLength", 5, null)] })!;
        Assert.Equal(50, Sources.Lines(sets, DatasetKind.Training).Length);
        Assert.Equal(2, Sources.Lines(sets, DatasetKind.Evaluation).Length);
    }

    [Fact]
    public void Nothing_left_and_all_in_one_cluster_are_said()
    {
        using var sources = new Sources();
        Assert.Null(sources.Add("a.jsonl", SourceFormat.Chat, Rows(0, 30)).Prepare(r => r with { Rules = [RowRule.Bounded("AnswerLength", 1000, null)] }));
        Assert.Equal("MOPS1095", sources.Problem().Code);
        Assert.Contains("'AnswerLength >= 1000' dropped 30", sources.Problem().Message, StringComparison.Ordinal);

        using var one = new Sources();
        one.Add("a.jsonl", SourceFormat.Chat, string.Concat(Enumerable.Range(0, 40).Select(i => Row(Question(i), "a", ",\"c\":1"))), s => s with { Group = "c" }).Prepare(r => r with { Split = new DataSplit(1, 0, 0) });
        Assert.Equal("MOPS1096", one.Problem().Code);
    }

    [Fact]
    public void The_record_tells_what_was_done()
    {
        using var sources = new Sources();
        sources.Add("b.jsonl", SourceFormat.Chat, Rows(0, 20) + Rows(0, 3), s => s with { License = "MIT", Weight = 1.5m });
        sources.Files.Write(sources.Prepare()!, "sha256:key");
        string record = File.ReadAllText(sources.Files.Record);
        Assert.Contains("""{"examples":[{"at":"b.jsonl(""", record, StringComparison.Ordinal);
        Assert.Contains("\"rows\":3,\"rule\":\"Deduplicate Exact\"", record, StringComparison.Ordinal);
        Assert.Contains("\"license\":\"MIT\",", record, StringComparison.Ordinal);
        Assert.Contains("\"weight\":\"1.5\"}", record, StringComparison.Ordinal);
        var map = SourceMap.Of(sources.Files, sources.Specs);
        string rows = sources.Files.Rows(DatasetKind.Training);
        Assert.Equal(File.ReadAllLines(rows).Length - File.ReadAllLines(rows).Distinct().Count(), Enumerable.Range(1, File.ReadAllLines(rows).Length).Count(i => map.IsCopy(new SourceLocation(rows, i))));
    }
}
