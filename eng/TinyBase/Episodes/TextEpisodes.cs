using TinyBase.Corpus;

namespace TinyBase.Episodes;

/// <summary>Answers in sentences: questions about a passage, copies, other wordings, replies.</summary>
internal static class TextEpisodes
{
    private static readonly IReadOnlyList<string> s_questions = Resources.Templates("qa-frame");
    private static readonly IReadOnlyList<string> s_copies = Resources.Templates("copy");
    private static readonly IReadOnlyList<string[]> s_polite = Resources.Columns("rewrite", "||");
    private static readonly IReadOnlyList<string[]> s_short = Resources.Columns("shorten", "||");
    private static readonly IReadOnlyList<string[]> s_asks = Resources.Columns("rewrite-ask", "|");
    private static readonly IReadOnlyList<string[]> s_replies = Resources.Columns("reply", "||");
    private static readonly string[] s_replyAsks = ["Write a short reply. {0}", "Answer this note: {0}", "Reply in one or two sentences. {0}", "What would you write back? {0}"];

    public static Document Create(Lexicon lexicon, Rng rng) => rng.Next(100) switch
    {
        < 45 => Question(lexicon, rng),
        < 60 => Copy(lexicon, rng),
        < 85 => Rewrite(lexicon, rng),
        _ => Reply(lexicon, rng),
    };

    public static Document Question(Lexicon lexicon, Rng rng)
    {
        var passage = Composer.Write(rng.Pick(lexicon.Topics), new PassagePlan { Facts = rng.Between(1, 4), Frame = 5 }, rng);
        var turns = new List<Turn>();
        foreach (var fact in rng.Sample(passage.Facts, rng.Between(1, 2)))
        {
            string ask = turns.Count > 0 ? fact.Question
                : rng.Pick(s_questions).Replace('¶', '\n').Replace("{text}", passage.Text, StringComparison.Ordinal)
                    .Replace("{question}", fact.Question, StringComparison.Ordinal);
            turns.Add(Turn.User(ask));
            turns.Add(Turn.Assistant(rng.Chance(70) ? fact.Value : fact.Value + "."));
        }

        return Document.Chat("question", turns);
    }

    public static Document Copy(Lexicon lexicon, Rng rng)
    {
        string text = Composer.Write(rng.Pick(lexicon.Topics), new PassagePlan { Facts = rng.Next(2) }, rng).Text;
        return Document.Ask("copy", rng.Pick(s_copies).Replace("{text}", text, StringComparison.Ordinal), text);
    }

    public static Document Rewrite(Lexicon lexicon, Rng rng)
    {
        string[] ask = rng.Pick(s_asks), pair = rng.Pick(ask[0] == "short" ? s_short : s_polite);
        var topic = rng.Pick(lexicon.Topics);
        var chosen = new Dictionary<string, string>(StringComparer.Ordinal);
        string first = Filler.Fill(pair[0], topic, rng, chosen), second = Filler.Fill(pair[1], topic, rng, chosen);
        if (ask[0] == "casual")
            (first, second) = (second, first);
        var turns = rng.Chance(30)
            ? new[] { Turn.System(ask[1].Replace("{text}", "", StringComparison.Ordinal).Trim()), Turn.User(first), Turn.Assistant(second) }
            : [Turn.User(ask[1].Replace("{text}", first, StringComparison.Ordinal)), Turn.Assistant(second)];
        return Document.Chat("rewrite", turns);
    }

    private static Document Reply(Lexicon lexicon, Rng rng)
    {
        var passage = Composer.Write(rng.Pick(lexicon.Topics), new PassagePlan { Sentences = rng.Between(1, 2) }, rng);
        var fitting = s_replies.Where(r => r[0] == Composer.Lower(passage.Kind)).ToList();
        string answer = Filler.Fill(rng.Pick(fitting)[1], passage.Topic, rng);
        return Document.Ask("reply", string.Format(null, rng.Pick(s_replyAsks), passage.Text), answer);
    }
}
