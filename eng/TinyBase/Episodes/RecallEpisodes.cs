using System.Text;
using TinyBase.Corpus;

namespace TinyBase.Episodes;

/// <summary>
/// Dense lessons in looking back: words repeated, values fetched by their keys, options found again in a text. Nothing here has to be
/// known; without this habit no instruction can be followed.
/// </summary>
internal static class RecallEpisodes
{
    private static readonly string[] s_repeat =
        ["Repeat: {0}", "Say again: {0}", "{0}", "Copy these words. {0}", "The same once more: {0}", "Echo {0}", "Write this down: {0}", "Words: {0} Give them back."];

    private static readonly string[] s_remember = ["Remember:", "A list:", "Notes:", "Here are some pairs.", "", "Keep in mind:", "Table:"];
    private static readonly string[] s_recall = ["{0}?", "What is {0}?", "{0}", "Tell me {0}.", "And {0}?", "Look up {0}."];

    private static readonly string[] s_find =
    [
        "Which of these words is in the text? {0}", "One of these is mentioned: {0}", "Find the word that occurs. {0}", "{0} Which one do you see in the text?",
        "Look for one of: {0}", "Pick the one that is named. {0}",
    ];

    public static Document Create(Lexicon lexicon, Rng rng) => rng.Next(100) switch
    {
        < 30 => Repeat(lexicon, rng),
        < 65 => Recall(lexicon, rng),
        < 90 => Find(lexicon, rng),
        _ => AsJson(lexicon, rng),
    };

    private static Document Repeat(Lexicon lexicon, Rng rng)
    {
        string separator = rng.PickOf(" ", ", ", "\n", "; ", " - ");
        string text = string.Join(separator, Words(lexicon, rng.Between(3, 12), rng));
        return Document.Ask("repeat", string.Format(null, rng.Pick(s_repeat), text), text);
    }

    /// <summary>Pairs, then keys in turn. Keys and values have nothing to do with each other, so only the list can tell.</summary>
    private static Document Recall(Lexicon lexicon, Rng rng)
    {
        var keys = Words(lexicon, rng.Between(2, 7), rng);
        string separator = rng.PickOf(": ", " = ", " -> ", " is ", " - ");
        var pairs = keys.Select(k => (Key: k, Value: Value(lexicon, rng))).ToList();
        var list = new StringBuilder(rng.Pick(s_remember));
        bool lines = rng.Chance(60);
        foreach (var (key, value) in pairs)
            list.Append(list.Length == 0 ? "" : lines ? "\n" : " ").Append(key).Append(separator).Append(value).Append(lines ? "" : ".");
        string ask = rng.Pick(s_recall);
        bool system = rng.Chance(50);
        var turns = new List<Turn>();
        if (system)
            turns.Add(Turn.System(list.ToString()));
        foreach (var (key, value) in rng.Sample(pairs, rng.Between(2, 4)))
        {
            string question = string.Format(null, ask, key);
            turns.Add(Turn.User(turns.Count == 0 ? list + "\n" + question : question));
            turns.Add(Turn.Assistant(value));
        }

        return Document.Chat("recall", turns);
    }

    /// <summary>The answer stands in the text and among the options.</summary>
    private static Document Find(Lexicon lexicon, Rng rng)
    {
        var options = Words(lexicon, rng.Between(2, 6), rng);
        string intro = string.Format(null, rng.Pick(s_find), string.Join(rng.PickOf(", ", " | ", " / "), options) + ".");
        var turns = new List<Turn> { Turn.System(intro) };
        for (int i = rng.Between(1, 4); i > 0; i--)
        {
            string answer = rng.Pick(options);
            var topic = rng.Pick(lexicon.Topics);
            turns.Add(Turn.User(Composer.Write(topic, new PassagePlan { Kind = Composer.RandomKind(rng), Thing = answer, Noise = 0, Frame = 0 }, rng).Text));
            turns.Add(Turn.Assistant(answer));
        }

        return Document.Chat("find", turns);
    }

    private static Document AsJson(Lexicon lexicon, Rng rng)
    {
        var pairs = Words(lexicon, rng.Between(1, 4), rng).Select(k => (Key: k, Value: Value(lexicon, rng))).ToList();
        string colon = rng.PickOf(":", ": "), comma = rng.PickOf(",", ", ");
        string list = string.Join(rng.PickOf("\n", ", ", "; "), pairs.Select(p => p.Key + " is " + p.Value));
        string json = "{" + string.Join(comma, pairs.Select(p => $"\"{p.Key}\"{colon}\"{p.Value}\"")) + "}";
        return Document.Ask("as-json", rng.PickOf("As JSON: ", "Write as JSON. ", "JSON, please: ") + list, json);
    }

    private static List<string> Words(Lexicon lexicon, int count, Rng rng) =>
        Enumerable.Range(0, count).Select(_ => Word(lexicon, rng)).Distinct().ToList();

    private static string Word(Lexicon lexicon, Rng rng)
    {
        var topic = rng.Pick(lexicon.Topics);
        return rng.Next(10) switch { < 6 => rng.Pick(topic.Things), < 8 => rng.Pick(topic.TrainingNames), < 9 => rng.Pick(topic.People), _ => rng.Pick(topic.Places) };
    }

    private static string Value(Lexicon lexicon, Rng rng) => rng.Chance(50)
        ? Word(lexicon, rng)
        : Filler.Value(rng.PickOf("name", "day", "time", "amount", "number", "town", "company", "colour", "quantity"), rng);
}
