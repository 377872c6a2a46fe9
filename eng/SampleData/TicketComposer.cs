using System.Text.RegularExpressions;

namespace ModelOps.SampleData;

/// <summary>Composes a ticket from the grammar: labels first, then sentences that show them, then a voice that spoils the spelling.</summary>
public sealed partial class TicketComposer(SplitMix random)
{
    // How often a validation or held-out ticket says its matter in words that no training ticket has.
    private const int OwnIssuePercent = 50;
    private const int OwnPhrasePercent = 35;

    private readonly Deck _products = new(random, ("till", 11), ("payroll", 9), ("stock", 8), ("roster", 8), ("phones", 8), ("newsletter", 6));

    private readonly Deck _priorities = new(random, ("urgent", 8), ("high", 14), ("normal", 18), ("low", 10));

    // Nobody's team stands still for want of an offer or a notice.
    private readonly Deck _calmPriorities = new(random, ("high", 4), ("normal", 5), ("low", 3));

    private readonly Grammar _grammar = Grammar.Load("TicketTriage/grammar.txt");

    public Ticket Compose(string queue, DataSet set)
    {
        while (true)
        {
            string product = _products.Draw();
            string priority = (queue is "sales" or "cancel" ? _calmPriorities : _priorities).Draw();
            string issue = _grammar.Pick(IssueSection(queue, product), set, OwnIssuePercent, random);
            string text = Voice(string.Join(' ', Sentences(issue, queue, priority, product, set)));
            if (text.Split([' ', '\n']).Length is >= 8 and <= 45)
                return new Ticket(text, queue, priority, product, issue);
        }
    }

    private List<string> Sentences(string issue, string queue, string priority, string product, DataSet set)
    {
        string Say(string section) => Fill(_grammar.Pick(section, set, OwnPhrasePercent, random), product, set);

        var sentences = new List<string> { Fill(issue, product, set) };
        if (random.Chance(14))
            sentences.Insert(0, Say(Distractor(queue)) + (random.Chance(50) ? " " + Say("turn") : string.Empty));
        if (priority != "normal" || random.Chance(75))
            sentences.Insert(random.Chance(20) ? 0 : sentences.Count, Say($"impact {priority}"));
        if (random.Chance(30))
            sentences.Insert(set == DataSet.Eval && random.Chance(30) ? sentences.Count : 0, Say("context"));
        if (random.Chance(50))
        {
            // A greeting that ends with a comma has a line of its own, as in a letter.
            string opener = Say("opener");
            sentences[0] = opener + (opener[^1] == ',' ? "\n" : " ") + sentences[0];
        }

        if (random.Chance(35))
            sentences[^1] += (random.Chance(50) ? "\n" : " ") + Say("closer");
        return sentences;
    }

    private string IssueSection(string queue, string product)
    {
        string special = $"issue {queue} {product}";
        return _grammar.Has(special) && random.Chance(queue == "bug" ? 65 : 35) ? special : $"issue {queue}";
    }

    private string Distractor(string queue)
    {
        string[] others = [.. TicketTriage.Quotas.Select(q => q.Queue).Where(q => q != queue && (q, queue) is not ("bug", "delivery"))];
        return $"distractor {random.Pick(others)}";
    }

    private string Fill(string text, string product, DataSet set) => Grammar.Fill(text, slot => slot switch
    {
        "p" => _grammar.Pick($"mention {product}", set, OwnPhrasePercent, random),
        "item" => _grammar.Pick($"item {product}", set, OwnPhrasePercent, random),
        _ => _grammar.Pick($"slot {slot}", set, 0, random),
    });

    private string Voice(string text) => random.Below(100) switch
    {
        < 14 => text.ToLowerInvariant().TrimEnd('.'),
        < 26 => Misspell(text),
        < 32 => Articles().Replace(text, string.Empty),
        < 35 => text.Replace('.', '!'),
        _ => text,
    };

    private string Misspell(string text)
    {
        var pairs = _grammar.Lines("misspelling").Select(l => l.Split(' ')).Where(p => Word(p[0]).IsMatch(text)).ToList();
        random.Shuffle(pairs);
        return pairs.Take(1 + random.Below(2)).Aggregate(text, (t, pair) =>
            Word(pair[0]).Replace(t, m => char.IsUpper(m.Value[0]) ? Grammar.Capital(pair[1]) : pair[1], 1));
    }

    private static Regex Word(string word) => new($@"\b{word}\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    [GeneratedRegex(@"\b(the|a|an) ")]
    private static partial Regex Articles();
}
