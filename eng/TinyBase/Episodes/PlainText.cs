using System.Text;
using TinyBase.Corpus;

namespace TinyBase.Episodes;

/// <summary>Running text, learnt word by word: what things are, notices, letters, papers with sections.</summary>
internal static class PlainText
{
    private static readonly IReadOnlyList<string> s_sentences = Resources.Templates("plain");
    private static readonly string[] s_filed = ["Filed under: {0}", "This was about {0}.", "Subject: {0}", "In short, a matter of {0}.", "Keyword: {0}"];

    public static Document Create(Lexicon lexicon, Rng rng) => rng.Next(100) switch
    {
        < 45 => Document.Plain("article", Article(rng.Pick(lexicon.Topics), rng)),
        < 70 => Document.Plain("filed", Filed(rng.Pick(lexicon.Topics), rng)),
        < 90 => Document.Plain("sections", Sections(lexicon, rng)),
        _ => Document.Plain("synonyms", Synonyms(lexicon, rng)),
    };

    private static string Article(Topic topic, Rng rng)
    {
        var parts = new List<string>();
        for (int i = rng.Between(2, 5); i > 0; i--)
            parts.Add(rng.Chance(60) ? Filler.Fill(rng.Pick(s_sentences), topic, rng) : Composer.Sentence(topic, Composer.RandomKind(rng), rng));
        return string.Join(' ', parts);
    }

    private static string Filed(Topic topic, Rng rng)
    {
        string text = Composer.Write(topic, new PassagePlan { Sentences = rng.Between(1, 3), Facts = rng.Next(2) }, rng).Text;
        string filed = string.Format(null, rng.Pick(s_filed), rng.Pick(topic.Names));
        return rng.Chance(70) ? text + "\n" + filed : filed + "\n" + text;
    }

    private static string Sections(Lexicon lexicon, Rng rng)
    {
        var text = new StringBuilder();
        foreach (var topic in rng.Sample(lexicon.Topics, rng.Between(2, 3)))
            text.Append(Filler.Capital(rng.Pick(topic.Names))).Append('\n')
                .Append(Composer.Write(topic, new PassagePlan { Sentences = rng.Between(1, 2) }, rng).Text).Append("\n\n");
        return text.ToString().Trim();
    }

    private static string Synonyms(Lexicon lexicon, Rng rng)
    {
        var group = rng.Sample(rng.Pick(lexicon.Synonyms), 3);
        return rng.Next(3) switch
        {
            0 => $"{Filler.Capital(group[0])} means {group[1]}.",
            1 => $"Instead of {group[0]} one can say {string.Join(" or ", group.Skip(1))}.",
            _ => $"{Filler.Capital(group[0])}, {string.Join(", ", group.Skip(1))}: words of like meaning.",
        };
    }
}
