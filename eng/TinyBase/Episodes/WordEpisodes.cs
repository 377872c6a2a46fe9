using TinyBase.Corpus;

namespace TinyBase.Episodes;

/// <summary>Single words and phrases: the shortest way from a word to what it belongs to.</summary>
internal static class WordEpisodes
{
    private static readonly string[] s_which =
    [
        "Which word goes with {0}? {1}", "One of these belongs to {0}: {1}", "What has to do with {0}? {1}", "Find what fits {0}. {1}",
        "{1} Which of them is about {0}?", "Think of {0}. Which one comes to mind? {1}",
    ];

    private static readonly string[] s_odd =
        ["Which one does not belong? {0}", "Find the odd one out: {0}", "One of these is out of place. {0}", "{0} Which is the stranger among them?"];

    private static readonly string[] s_about =
    [
        "Is this about {0}? {1}", "{1} Has this to do with {0}?", "Answer yes or no. Does the text speak of {0}? {1}", "{0}, yes or no? {1}",
        "Would you file this under {0}? {1}", "Does {0} describe this? {1}",
    ];

    private static readonly string[] s_means =
        ["What is another word for {0}?", "Give a word that means the same as {0}.", "Say {0} in another word.", "{0} or, in other words:", "A synonym of {0}, please."];

    private static readonly string[] s_define = ["What is meant by {0}?", "Explain {0}.", "What does {0} stand for?", "Define {0}.", "{0}: what is that?"];

    private static readonly string[] s_list =
        ["Name {0} things that have to do with {1}.", "List {0} words for {1}.", "Give me {0} things about {1}.", "{1}: write down {0} things that come to mind."];

    public static Document Create(Lexicon lexicon, Rng rng) => rng.Next(100) switch
    {
        < 34 => Sort(lexicon, rng),
        < 48 => Which(lexicon, rng),
        < 70 => About(lexicon, rng),
        < 78 => Odd(lexicon, rng),
        < 86 => Synonym(lexicon, rng),
        < 93 => Define(lexicon, rng),
        _ => List(lexicon, rng),
    };

    /// <summary>A row of words, each put under its label: the densest lesson there is.</summary>
    private static Document Sort(Lexicon lexicon, Rng rng)
    {
        var choices = Options.Draw(lexicon, rng.Between(2, 6), Scope.Training, rng);
        string arrow = rng.PickOf(": ", " = ", " -> ", " - ");
        var words = Enumerable.Range(0, rng.Between(3, 8)).Select(_ => rng.Pick(choices)).Select(c => (Choice: c, Word: Phrase(rng.Pick(c.Topics), rng)))
            .DistinctBy(w => w.Word).ToList();
        string ask = string.Format(null, rng.PickOf("Put each word under one of {0}.", "Sort under {0}.", "Say for each where it belongs: {0}.", "Groups: {0}. Words:"),
            string.Join(", ", choices.Select(c => c.Label)));
        return Document.Ask("sort", ask + "\n" + string.Join('\n', words.Select(w => w.Word)),
            string.Join('\n', words.Select(w => w.Word + arrow + w.Choice.Label))).With(Labels(choices));
    }

    private static Document Which(Lexicon lexicon, Rng rng)
    {
        var choices = Options.Draw(lexicon, rng.Between(2, 5), Scope.Training, rng);
        var right = rng.Pick(choices);
        if (rng.Chance(50))
            return Document.Ask("which-label", string.Format(null, rng.Pick(s_which), Phrase(rng.Pick(right.Topics), rng), Listed(choices.Select(c => c.Label))), right.Label)
                .With(Labels(choices));
        var words = choices.Select(c => Phrase(rng.Pick(c.Topics), rng)).ToList();
        return Document.Ask("which-word", string.Format(null, rng.Pick(s_which), right.Label, Listed(words)), words[choices.IndexOf(right)]);
    }

    private static Document About(Lexicon lexicon, Rng rng)
    {
        var choices = Options.Draw(lexicon, 2, Scope.Training, rng);
        bool yes = rng.Chance(50);
        var asked = choices[0];
        Topic topic = rng.Pick((yes ? asked : choices[^1]).Topics);
        string text = rng.Chance(30) ? Phrase(topic, rng) : Composer.Write(topic, new PassagePlan(), rng).Text;
        return Document.Ask("about", string.Format(null, rng.Pick(s_about), asked.Label, text), asked.Topics.Contains(topic) ? "yes" : "no");
    }

    private static Document Odd(Lexicon lexicon, Rng rng)
    {
        var topics = rng.Sample(lexicon.TrainingTopics, 2);
        string odd = rng.Pick(topics[1].Things);
        var words = rng.Sample(topics[0].Things.Where(t => t != odd).ToList(), 3);
        words.Insert(rng.Next(4), odd);
        return Document.Ask("odd", string.Format(null, rng.Pick(s_odd), Listed(words)), odd);
    }

    private static Document Synonym(Lexicon lexicon, Rng rng)
    {
        var pair = rng.Sample(rng.Chance(60) ? rng.Pick(lexicon.Synonyms) : rng.Pick(lexicon.TrainingTopics).TrainingNames, 2);
        return Document.Ask("synonym", Filler.Capital(string.Format(null, rng.Pick(s_means), pair[0])), pair[^1]);
    }

    private static Document Define(Lexicon lexicon, Rng rng)
    {
        var topic = rng.Pick(lexicon.Topics);
        return Document.Ask("define", Filler.Capital(string.Format(null, rng.Pick(s_define), rng.Pick(topic.TrainingNames))), Filler.Capital(topic.Meaning) + ".");
    }

    private static Document List(Lexicon lexicon, Rng rng)
    {
        var topic = rng.Pick(lexicon.Topics);
        int count = rng.Between(2, 5);
        var things = rng.Sample(topic.Things, count);
        string answer = rng.Chance(50) ? string.Join(", ", things) : string.Join('\n', things.Select(t => "- " + t));
        return Document.Ask("list", Filler.Capital(string.Format(null, rng.Pick(s_list), count, rng.Pick(topic.TrainingNames))), answer);
    }

    private static string Phrase(Topic topic, Rng rng) => rng.Next(10) switch
    {
        < 5 => rng.Pick(topic.Things), < 7 => rng.Pick(topic.Deeds), < 9 => rng.Pick(topic.Problems), _ => rng.Pick(topic.People),
    };

    private static string Listed(IEnumerable<string> words) => string.Join(", ", words) + ".";

    private static List<string> Labels(List<Choice> choices) => choices.Select(c => c.Label).ToList();
}
