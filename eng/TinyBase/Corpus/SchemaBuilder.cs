namespace TinyBase.Corpus;

/// <summary>Puts together schemas: always what the text is about, and some of urgency, kind, mood, thing and stated facts.</summary>
internal static class SchemaBuilder
{
    private static readonly string[] s_topicKeys =
        ["topic", "area", "subject", "field", "category", "matter", "theme", "section", "desk", "team", "group", "label", "class", "department",
         "folder", "pile", "kind of thing", "heading", "domain", "office"];
    private static readonly string[] s_urgencyKeys = ["urgency", "hurry", "haste", "importance", "pressure", "speed", "level", "priority", "rank"];
    private static readonly string[] s_kindKeys = ["kind", "type", "intent", "purpose", "sort", "aim", "form"];
    private static readonly string[] s_moodKeys = ["mood", "feeling", "sentiment", "tone", "attitude", "spirit"];
    private static readonly string[] s_thingKeys = ["thing", "item", "object", "article", "piece", "mentioned", "goods"];

    private static readonly string[][] s_urgencyWords =
    [
        ["later", "can wait", "no hurry", "relaxed", "whenever", "slow", "minor", "green", "low", "not urgent", "trivial"],
        ["soon", "this week", "medium", "moderate", "normal", "yellow", "middle", "average", "ordinary", "usual"],
        ["now", "urgent", "immediate", "at once", "critical", "red", "high", "pressing", "emergency", "top"],
    ];

    private static readonly string[][] s_kindWords =
    [
        ["problem", "complaint", "trouble", "fault", "grievance", "something wrong"],
        ["request", "wish", "task", "demand", "something to do"],
        ["question", "enquiry", "query", "something to answer"],
        ["praise", "thanks", "compliment", "good news"],
        ["news", "information", "note", "statement"],
    ];

    private static readonly string[][] s_moodWords =
    [
        ["negative", "unhappy", "angry", "bad", "dissatisfied", "sad", "displeased"],
        ["positive", "happy", "glad", "good", "satisfied", "cheerful", "pleased"],
        ["neutral", "neither", "calm", "mixed", "plain", "indifferent"],
    ];

    private static readonly Dictionary<string, string[]> s_factKeys = new(StringComparer.Ordinal)
    {
        ["name"] = ["name", "person", "who", "contact"], ["day"] = ["day", "date", "when"], ["time"] = ["time", "hour", "clock"],
        ["amount"] = ["amount", "price", "sum", "cost"], ["number"] = ["number", "code", "reference", "id"],
        ["town"] = ["town", "place", "city", "location"], ["company"] = ["company", "firm", "business", "organisation"],
        ["colour"] = ["colour", "color"], ["quantity"] = ["quantity", "count", "how_many"],
    };

    /// <summary>The subject alone, with <paramref name="count"/> options.</summary>
    public static Schema Subject(Lexicon lexicon, int count, Scope scope, Rng rng)
    {
        var choices = Options.Draw(lexicon, count, scope, rng);
        return new Schema([TopicField(choices, rng)], r => Composer.Write(AnyTopic(choices, r), Plan(r), r));
    }

    /// <summary>One property of the text that is not its subject.</summary>
    public static Schema Property(Lexicon lexicon, Rng rng)
    {
        int what = rng.Next(3);
        Field field = what switch { 0 => MoodField(rng), 1 => KindField(rng), _ => UrgencyField(rng) };
        return new Schema([field], r => WriteAnswerable(lexicon.Topics, [field], Plan(r), null, r));
    }

    /// <summary>The subject and one to three more fields.</summary>
    public static Schema Record(Lexicon lexicon, Rng rng)
    {
        var choices = Options.Draw(lexicon, rng.Between(2, 6), Scope.Training, rng);
        var topics = choices.SelectMany(c => c.Topics).ToList();
        var fields = new List<Field> { TopicField(choices, rng) };
        IReadOnlyList<string>? things = null;
        foreach (int extra in rng.Sample([0, 1, 2, 3, 3], rng.Between(1, 2)).Distinct())
        {
            if (extra == 3)
                things = rng.Sample(topics.SelectMany(t => t.Things).Distinct().ToList(), rng.Between(3, 6));
            fields.Add(extra switch
            {
                0 => UrgencyField(rng), 1 => MoodField(rng), 2 => KindField(rng),
                _ => new Field(rng.Pick(s_thingKeys), things!, [], p => p.Thing),
            });
        }

        int facts = rng.Chance(25) ? 1 : 0;
        var factKeys = rng.Sample(s_factKeys.Keys.ToList(), facts);
        fields.AddRange(factKeys.Select(k => FactField(k, rng)));
        if (rng.Chance(40))
            rng.Shuffle(fields);
        fields = fields.DistinctBy(f => f.Key).ToList();
        return new Schema(fields, r =>
            WriteAnswerable(topics, fields, Plan(r) with { Facts = facts * 2, Noise = 8 }, things, r));
    }

    /// <summary>Facts alone, in the words of the text.</summary>
    public static Schema Facts(Lexicon lexicon, Rng rng)
    {
        var fields = rng.Sample(s_factKeys.Keys.ToList(), rng.Between(1, 4)).Select(k => FactField(k, rng)).ToList();
        return new Schema(fields, r => WriteStating(lexicon.Topics, fields, r));
    }

    private static Field TopicField(List<Choice> choices, Rng rng) => new(
        rng.Pick(s_topicKeys), choices.Select(c => c.Label).ToList(), choices.Select(c => c.Gloss).ToList(),
        p => choices.Find(c => c.Topics.Contains(p.Topic))?.Label);

    private static Field UrgencyField(Rng rng)
    {
        var words = s_urgencyWords.Select(w => rng.Pick(w)).ToArray();
        if (words[0] == "low" && words[2] == "high")
            words[2] = "pressing";
        bool two = rng.Chance(30);
        return new Field(rng.Pick(s_urgencyKeys), Order(two ? [words[0], words[2]] : words, rng), [],
            p => p.Urgency is { } u && !(two && u == Urgency.Soon) ? words[(int)u] : null);
    }

    private static Field KindField(Rng rng)
    {
        var words = s_kindWords.Select(w => rng.Pick(w)).ToArray();
        var kinds = rng.Sample(Enum.GetValues<Kind>(), rng.Between(2, 5));
        // A problem is always possible, so that every mood and kind field can be answered for the same text.
        if (!kinds.Contains(Kind.Problem))
            kinds[0] = Kind.Problem;
        return new Field(rng.Pick(s_kindKeys), kinds.Select(k => words[(int)k]).ToList(), [], p => kinds.Contains(p.Kind) ? words[(int)p.Kind] : null);
    }

    private static Field MoodField(Rng rng)
    {
        var words = s_moodWords.Select(w => rng.Pick(w)).ToArray();
        bool two = rng.Chance(40);
        string? Mood(Passage p) => p.Kind switch
        {
            Kind.Problem => words[0], Kind.Praise => words[1], Kind.News or Kind.Question when !two => words[2], _ => null,
        };
        return new Field(rng.Pick(s_moodKeys), Order(two ? words[..2] : words, rng), [], Mood);
    }

    private static Field FactField(string key, Rng rng) =>
        new(rng.Pick(s_factKeys[key]), [], [], p => p.Facts.FirstOrDefault(f => f.Key == key)?.Value ?? "none");

    private static List<string> Order(IReadOnlyList<string> words, Rng rng)
    {
        var list = words.ToList();
        if (rng.Chance(50))
            rng.Shuffle(list);
        return list;
    }

    private static Topic AnyTopic(List<Choice> choices, Rng rng) => rng.Pick(rng.Pick(choices).Topics);

    private static PassagePlan Plan(Rng rng) => new() { Sentences = rng.PickOf(1, 1, 1, 2, 2, 3) };

    /// <summary>Draws until every field has an answer in its options; kinds and urgencies are drawn evenly, so few draws are lost.</summary>
    private static Passage WriteAnswerable(IReadOnlyList<Topic> topics, IReadOnlyList<Field> fields, PassagePlan plan, IReadOnlyList<string>? things, Rng rng)
    {
        while (true)
        {
            Topic topic = rng.Pick(topics);
            string? thing = null;
            if (things is not null)
            {
                thing = rng.Pick(things);
                topic = topics.First(t => t.Things.Contains(thing));
            }

            bool urgent = fields.Any(f => s_urgencyKeys.Contains(f.Key)) || rng.Chance(10);
            var passage = Composer.Write(topic, plan with
            {
                Kind = (Kind)rng.Next(5), Urgency = urgent ? (Urgency)rng.Next(3) : null, Thing = thing,
            }, rng);
            if (fields.All(f => f.Answer(passage) is not null))
                return passage;
        }
    }

    private static Passage WriteStating(IReadOnlyList<Topic> topics, IReadOnlyList<Field> fields, Rng rng)
    {
        while (true)
        {
            var passage = Composer.Write(rng.Pick(topics), new PassagePlan { Facts = rng.Between(fields.Count, 5), Frame = 10 }, rng);
            int missing = fields.Count(f => f.Answer(passage) == "none");
            if (missing == 0 || (missing < fields.Count && rng.Chance(4)))
                return passage;
        }
    }
}
