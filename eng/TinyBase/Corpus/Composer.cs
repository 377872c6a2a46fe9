namespace TinyBase.Corpus;

/// <summary>Writes passages about a topic from sentence templates.</summary>
internal static class Composer
{
    private static readonly Dictionary<Kind, IReadOnlyList<string>> s_sentences =
        Enum.GetValues<Kind>().ToDictionary(k => k, k => Resources.Templates(Lower(k)));
    private static readonly Dictionary<Urgency, IReadOnlyList<string>> s_urgency = new()
    {
        [Urgency.Now] = Resources.Templates("urgent"), [Urgency.Soon] = Resources.Templates("soon"), [Urgency.Later] = Resources.Templates("later"),
    };
    private static readonly IReadOnlyList<string> s_openings = Resources.Templates("opening");
    private static readonly IReadOnlyList<string> s_closings = Resources.Templates("closing");
    private static readonly IReadOnlyList<string[]> s_facts = Resources.Columns("fact", "|");
    private static readonly string[] s_mentions =
        ["it is about the {0}.", "I mean the {0}.", "the {0}, to be exact.", "all this concerns the {0}.", "please think of the {0}.",
         "I am talking about the {0}.", "see the {0}.", "the {0} is what matters here."];

    public static Passage Write(Topic topic, PassagePlan plan, Rng rng)
    {
        Kind kind = plan.Kind ?? RandomKind(rng);
        var chosen = new Dictionary<string, string>(StringComparer.Ordinal);
        if (plan.Thing is not null)
            chosen["thing"] = plan.Thing;
        var parts = new List<string>();
        for (int i = 0; i < plan.Sentences; i++)
            parts.Add(Sentence(topic, kind, rng, i == 0 ? chosen : new Dictionary<string, string>(StringComparer.Ordinal)));
        if (plan.Thing is not null && !parts[0].Contains(plan.Thing, StringComparison.OrdinalIgnoreCase))
            parts.Add(Filler.Capital(string.Format(null, rng.Pick(s_mentions), plan.Thing)));
        var facts = AddFacts(parts, plan.Facts, rng);
        if (plan.Urgency is { } urgency)
            parts.Insert(rng.Chance(70) ? parts.Count : 0, Filler.Fill(rng.Pick(s_urgency[urgency]), topic, rng));
        if (rng.Chance(plan.Frame))
            parts.Insert(0, Filler.Fill(rng.Pick(s_openings), topic, rng));
        if (rng.Chance(plan.Frame))
            parts.Add(Filler.Fill(rng.Pick(s_closings), topic, rng));
        string text = string.Join(' ', parts);
        if (facts.Count == 0 && rng.Chance(plan.Noise))
            text = Noise.Apply(text, rng);
        return new Passage(text, topic, kind, plan.Urgency, facts, plan.Thing);
    }

    public static string Sentence(Topic topic, Kind kind, Rng rng) =>
        Sentence(topic, kind, rng, new Dictionary<string, string>(StringComparer.Ordinal));

    public static Kind RandomKind(Rng rng) => rng.Next(10) switch
    {
        < 4 => Kind.Problem, < 6 => Kind.Request, < 8 => Kind.Question, < 9 => Kind.Praise, _ => Kind.News,
    };

    public static string Lower(Kind kind) => kind.ToString().ToLowerInvariant();

    private static string Sentence(Topic topic, Kind kind, Rng rng, Dictionary<string, string> chosen)
    {
        string template = kind switch
        {
            // Half of all complaints and praises are the bare clause, or frames would drown the words that carry the meaning.
            Kind.Problem when rng.Chance(30) => "{bad}.",
            Kind.Praise when rng.Chance(30) => "{good}.",
            _ => rng.Pick(s_sentences[kind]),
        };
        return Filler.Fill(template, topic, rng, chosen);
    }

    private static List<Fact> AddFacts(List<string> parts, int count, Rng rng)
    {
        var facts = new List<Fact>();
        foreach (string[] fact in rng.Sample(s_facts, s_facts.Count))
        {
            if (facts.Count == count)
                break;
            if (facts.Exists(f => f.Key == fact[0]))
                continue;
            string value = Filler.Value(fact[0], rng);
            parts.Insert(rng.Between(0, parts.Count), Filler.Capital(fact[1].Replace("{v}", value, StringComparison.Ordinal)));
            facts.Add(new Fact(fact[0], value, fact[2]));
        }

        return facts;
    }
}
