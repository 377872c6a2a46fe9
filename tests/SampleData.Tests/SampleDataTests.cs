using System.Text.Json;
using System.Text.RegularExpressions;

namespace ModelOps.SampleData.Tests;

public sealed class SampleDataTests
{
    private static readonly string[] s_sets = ["train", "validation", "eval"];
    private static readonly string[] s_queues = ["billing", "bug", "access", "setup", "delivery", "sales", "cancel"];
    private static readonly string[] s_priorities = ["urgent", "high", "normal", "low"];
    private static readonly string[] s_products = ["till", "payroll", "stock", "roster", "phones", "newsletter"];

    [Fact]
    public void The_program_writes_the_committed_files_byte_for_byte()
    {
        var written = SampleFiles.All().ToDictionary(f => f.Path, f => f.Content, StringComparer.Ordinal);
        var committed = Directory.EnumerateFiles(SampleFolder.Adapters, "*.jsonl", SearchOption.AllDirectories)
            .Where(f => f.Contains($"{Path.DirectorySeparatorChar}data{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(f => Path.GetRelativePath(SampleFolder.Adapters, f).Replace('\\', '/'));

        Assert.Equal(written.Keys.Order(StringComparer.Ordinal), committed.Order(StringComparer.Ordinal));
        Assert.All(written, f => Assert.Equal(f.Value, File.ReadAllText(Path.Combine(SampleFolder.Adapters, f.Key))));
    }

    [Fact]
    public void The_program_writes_the_templates_composed_rows_byte_for_byte_and_they_stand_apart_from_the_hand_written_ones()
    {
        Assert.Equal(["data/eval/composed.jsonl", "data/train/composed.jsonl", "data/validation/composed.jsonl"], SampleFiles.Template().Select(f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(SampleFiles.Template(), f => Assert.Equal(f.Content, File.ReadAllText(Path.Combine(SampleFolder.Template, f.Path))));
        Assert.All(Reviews.Quotas, q => Assert.All(Reviews.Labels, label => Assert.Equal(q.RowsPerLabel, Reviews.Rows().Count(r => r.Set == q.Set && r.Assistant == label))));
        Assert.All(Reviews.Rows(), r => Assert.True(r.User.All(char.IsAscii) && !r.User.Contains('{', StringComparison.Ordinal), r.User));
        AssertNovel(Reviews.Rows());
    }

    [Theory]
    [InlineData("TicketTriage", 640, 110, 310)]
    [InlineData("HouseStyle", 220, 40, 120)]
    public void There_are_rows_enough(string adapter, int train, int validation, int eval) =>
        Assert.All(s_sets.Zip([train, validation, eval]), s => Assert.True(SampleFolder.Read(adapter, s.First).Count >= s.Second, s.First));

    [Fact]
    public void At_least_250_tickets_are_hand_written() =>
        Assert.True(s_sets.Sum(s => SampleFolder.Read("TicketTriage", s).Count(r => r.File == "handwritten")) >= 250);

    [Fact]
    public void A_ticket_has_8_to_45_words_and_a_canonical_answer_with_known_labels() =>
        Assert.All(s_sets.SelectMany(s => SampleFolder.Read("TicketTriage", s)), row =>
        {
            Assert.Equal(TicketTriage.SystemMessage, row.System);
            Assert.InRange(row.User.Split([' ', '\n']).Length, 8, 45);
            Assert.True(row.User.All(char.IsAscii), row.User);
            (string queue, string priority, string product) = Labels(row.Assistant);
            Assert.Equal($$"""{"queue":"{{queue}}","priority":"{{priority}}","product":"{{product}}"}""", row.Assistant);
            Assert.Contains(queue, s_queues);
            Assert.Contains(priority, s_priorities);
            Assert.Contains(product, s_products);
        });

    [Fact]
    public void Queues_have_the_same_share_in_every_set()
    {
        var shares = s_sets.Select(s => Shares(SampleFolder.Read("TicketTriage", s).Select(r => Labels(r.Assistant).Queue))).ToList();
        Assert.All(s_queues, q => Assert.All(shares, share => Assert.InRange(share[q] - shares[0][q], -0.01, 0.01)));
    }

    [Fact]
    public void Priorities_and_products_occur_in_every_set_and_none_is_the_answer_to_most()
    {
        Assert.All(s_sets, s =>
        {
            var labels = SampleFolder.Read("TicketTriage", s).Select(r => Labels(r.Assistant)).ToList();
            Assert.All(s_priorities, p => Assert.InRange(Shares(labels.Select(l => l.Priority))[p], 0.08, 0.5));
            Assert.All(s_products, p => Assert.InRange(Shares(labels.Select(l => l.Product))[p], 0.08, 0.27));
        });
    }

    [Fact]
    public void A_reply_in_house_style_keeps_the_rules_and_every_number_of_the_draft() =>
        Assert.All(s_sets.SelectMany(s => SampleFolder.Read("HouseStyle", s)), row =>
        {
            Dictionary<string, string> answer = JsonSerializer.Deserialize<Dictionary<string, string>>(row.Assistant)!;
            Assert.Equal(HouseStyle.SystemMessage, row.System);
            Assert.Equal(["subject", "reply"], answer.Keys);
            Assert.Matches("^Hello( [A-Z][a-z]+)?, thank you for writing to us\\. We|^Hello( [A-Z][a-z]+)?, thank you for writing to us\\. The ", answer["reply"]);
            Assert.EndsWith(". Kind regards, Contoso Care", answer["reply"], StringComparison.Ordinal);
            Assert.DoesNotContain('!', answer["reply"]);
            Assert.Equal(Numbers(row.User), Numbers(answer["reply"]));
        });

    [Theory]
    [InlineData("TicketTriage")]
    [InlineData("HouseStyle")]
    public void No_row_repeats_and_none_is_near_a_row_of_another_set(string adapter)
    {
        var rows = s_sets.SelectMany(s => SampleFolder.Read(adapter, s).Select(r => (Set: s, r.User, Runs: Runs(r.User)))).ToList();
        Assert.Equal(rows.Count, rows.Select(r => r.User.ToUpperInvariant()).Distinct(StringComparer.Ordinal).Count());
        var near = from a in rows
                   from b in rows
                   where string.CompareOrdinal(a.Set, b.Set) < 0 && Jaccard(a.Runs, b.Runs) >= 0.6
                   select $"{a.User} | {b.User}";
        Assert.Empty(near);
    }

    [Fact]
    public void At_least_half_of_the_held_out_tickets_state_their_matter_as_no_training_ticket_does() => AssertNovel(TicketTriage.Rows());

    [Fact]
    public void At_least_two_fifths_of_the_held_out_drafts_are_worded_as_no_training_draft() => AssertNovel(HouseStyle.Rows(), 0.4);

    [Theory]
    [InlineData("TicketTriage", 7)]
    [InlineData("HouseStyle", 5)]
    public void Examples_in_a_prompt_are_training_rows_and_the_input_stands_once_at_the_end(string adapter, int examples)
    {
        string prompts = Path.Combine(SampleFolder.Adapters, adapter, "prompts");
        string fewShot = File.ReadAllText(Path.Combine(prompts, "few-shot.prompty"));
        Assert.Equal(examples, SampleFolder.Read(adapter, "train")
            .Count(r => fewShot.Contains($"user:\n{r.User}\nassistant:\n{r.Assistant}\n", StringComparison.Ordinal)));
        Assert.Equal(examples + 1, Regex.Count(fewShot, "^user:$", RegexOptions.Multiline));
        Assert.All(Directory.EnumerateFiles(prompts, "*.prompty"), p =>
            Assert.Equal(File.ReadAllText(p).Length - "{{input}}\n".Length, File.ReadAllText(p).IndexOf("{{input}}", StringComparison.Ordinal)));
    }

    private static void AssertNovel(IReadOnlyList<Row> rows, double least = 0.5)
    {
        var trained = rows.Where(r => r.Set == DataSet.Train).Select(r => r.Pattern).ToHashSet(StringComparer.Ordinal);
        var held = rows.Where(r => r.Set == DataSet.Eval).ToList();
        Assert.InRange(held.Count(r => !trained.Contains(r.Pattern)) / (double)held.Count, least, 0.9);
    }

    private static (string Queue, string Priority, string Product) Labels(string answer)
    {
        Dictionary<string, string> fields = JsonSerializer.Deserialize<Dictionary<string, string>>(answer)!;
        return (fields["queue"], fields["priority"], fields["product"]);
    }

    private static Dictionary<string, double> Shares(IEnumerable<string> labels)
    {
        var all = labels.ToList();
        return all.GroupBy(l => l).ToDictionary(g => g.Key, g => g.Count() / (double)all.Count, StringComparer.Ordinal);
    }

    private static List<string> Numbers(string text) => [.. Regex.Matches(text, "[0-9]+").Select(m => m.Value).Order(StringComparer.Ordinal)];

    // Written anew here: the program's own measure of nearness is what this checks.
    private static HashSet<int> Runs(string text)
    {
        string[] words = [.. Regex.Matches(text.ToLowerInvariant(), "[a-z0-9]+").Select(m => m.Value)];
        return [.. words.Take(Math.Max(1, words.Length - 2)).Select((_, i) => string.Join(' ', words.Skip(i).Take(3)).GetHashCode(StringComparison.Ordinal))];
    }

    private static double Jaccard(HashSet<int> a, HashSet<int> b)
    {
        int both = a.Count(b.Contains);
        return (double)both / (a.Count + b.Count - both);
    }
}
