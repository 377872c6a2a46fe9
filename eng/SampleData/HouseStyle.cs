namespace ModelOps.SampleData;

/// <summary>Curt drafts and the same replies in the company's tone: subject and text.</summary>
public static class HouseStyle
{
    public const string SystemMessage = "Rewrite the draft in our house style.";

    public static readonly IReadOnlyList<(DataSet Set, int RowsPerIntent)> Quotas =
        [(DataSet.Train, 20), (DataSet.Validation, 2), (DataSet.Eval, 6)];

    private const string IntentPrefix = "intent ";

    public static IReadOnlyList<Row> Rows()
    {
        Grammar grammar = Grammar.Load("HouseStyle/grammar.txt");
        var nearness = new Nearness();
        var rows = new List<Row>();
        foreach ((DataSet set, int perIntent) in Quotas)
        {
            var random = new SplitMix(4711 + (ulong)set);
            var intents = grammar.SectionNames.Where(n => n.StartsWith(IntentPrefix, StringComparison.Ordinal))
                .SelectMany(n => Enumerable.Repeat(n, perIntent)).ToList();
            random.Shuffle(intents);
            foreach (string intent in intents)
            {
                Row row = Compose(grammar, intent, set, random);
                while (!nearness.TryAdd(set, row.User))
                    row = Compose(grammar, intent, set, random);
                rows.Add(row);
            }
        }

        return rows;
    }

    private static Row Compose(Grammar grammar, string intent, DataSet set, SplitMix random)
    {
        var bound = new Dictionary<string, string>(StringComparer.Ordinal);
        string Bind(string slot) =>
            bound.TryGetValue(slot, out string? value) ? value : bound[slot] = grammar.Pick($"slot {slot}", set, 0, random);

        string draft = grammar.Pick(intent, set, 50, random);
        while (draft.StartsWith("subject: ", StringComparison.Ordinal) || draft.StartsWith("house: ", StringComparison.Ordinal))
            draft = grammar.Pick(intent, set, 50, random);
        bool addressed = random.Chance(60);
        string before = random.Chance(40) ? grammar.Pick("before", set, 30, random) + " " : string.Empty;
        string address = addressed ? grammar.Pick("address", set, 30, random) + " " : string.Empty;
        string after = random.Chance(50) ? grammar.Pick("after", set, 30, random) : string.Empty;
        string separator = after.Length == 0 || after[0] == '!' ? string.Empty : ", ";
        string user = Grammar.Fill($"{before}{address}{draft}{separator}{after}", Bind);

        string greeting = addressed ? $"Hello {Bind("name")}" : "Hello";
        string reply = $"{greeting}, thank you for writing to us. {Grammar.Fill(Head(grammar, intent, "house: "), Bind)} Kind regards, Contoso Care";
        return new Row(set, "drafts", user, Row.Compact(new { subject = Head(grammar, intent, "subject: "), reply }), draft);
    }

    private static string Head(Grammar grammar, string intent, string key) =>
        grammar.Lines(intent).Single(l => l.StartsWith(key, StringComparison.Ordinal))[key.Length..];
}
