namespace ModelOps.SampleData;

/// <summary>The composed rows of the template <c>modelops-adapter</c>, beside its hand-written ones: what a customer writes, and whether it is praise, a complaint or a question.</summary>
public static class Reviews
{
    public const string SystemMessage = "Sort the customer's message.";

    public static readonly IReadOnlyList<string> Labels = ["praise", "complaint", "question"];

    /// <summary>Rows per label and set.</summary>
    public static readonly IReadOnlyList<(DataSet Set, int RowsPerLabel)> Quotas = [(DataSet.Train, 120), (DataSet.Validation, 20), (DataSet.Eval, 50)];

    public static IReadOnlyList<Row> Rows()
    {
        Grammar grammar = Grammar.Load("Reviews/grammar.txt");
        var nearness = new Nearness();
        var rows = new List<Row>();
        foreach ((DataSet set, int perLabel) in Quotas)
        {
            var random = new SplitMix(1123 + (ulong)set);
            var labels = Labels.SelectMany(label => Enumerable.Repeat(label, perLabel)).ToList();
            random.Shuffle(labels);
            foreach (string label in labels)
            {
                Row row = Compose(grammar, label, set, random);
                while (!nearness.TryAdd(set, row.User))
                    row = Compose(grammar, label, set, random);
                rows.Add(row);
            }
        }

        return rows;
    }

    private static Row Compose(Grammar grammar, string label, DataSet set, SplitMix random)
    {
        var bound = new Dictionary<string, string>(StringComparer.Ordinal);
        string matter = grammar.Pick(label, set, 60, random);
        string before = random.Chance(40) ? grammar.Pick("before", set, 40, random) + " " : string.Empty;
        string after = random.Chance(30) ? " " + grammar.Pick("after", set, 40, random) : string.Empty;
        string user = Grammar.Fill($"{before}{matter}{after}", slot => bound.TryGetValue(slot, out string? value) ? value : bound[slot] = grammar.Pick($"slot {slot}", set, 0, random));
        return new Row(set, "composed", random.Chance(25) ? user.ToLowerInvariant() : user, label, matter);
    }
}
