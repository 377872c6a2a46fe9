namespace TinyBase.Corpus;

/// <summary>Which part of the lexicon may be offered as labels.</summary>
internal enum Scope { Training, HeldOutNames, HeldOutTopics }

/// <summary>A label that stands for some topics. <paramref name="Gloss"/> explains it, in a list of options that has room for that.</summary>
internal sealed record Choice(string Label, IReadOnlyList<Topic> Topics, IReadOnlyList<string> Gloss);

/// <summary>Draws sets of labels whose meaning decides which one fits a text.</summary>
internal static class Options
{
    public static List<Choice> Draw(Lexicon lexicon, int count, Scope scope, Rng rng)
    {
        int style = rng.Next(100);
        int mode = scope == Scope.Training ? rng.Next(100) : 0;
        var choices = mode switch
        {
            < 64 => Topics(lexicon, count, scope, rng).Select(t => new Choice(Name(t, scope, rng), [t], Gloss(t, rng))),
            < 80 => rng.Sample(lexicon.Domains, count).Select(d => OfDomain(d, rng)),
            < 90 => Topics(lexicon, count, scope, rng).Select(t => new Choice(rng.Pick(t.People), [t], Gloss(t, rng))),
            _ => Topics(lexicon, count, scope, rng).Select(t => new Choice(rng.Pick(t.Places), [t], Gloss(t, rng))),
        };
        return choices.DistinctBy(c => c.Label).Select(c => c with { Label = Style(c.Label, style) }).ToList();
    }

    /// <summary>Mostly anything, sometimes neighbours, which are harder to tell apart.</summary>
    private static List<Topic> Topics(Lexicon lexicon, int count, Scope scope, Rng rng)
    {
        var pool = scope switch
        {
            Scope.HeldOutTopics => lexicon.HeldOutTopics,
            Scope.HeldOutNames => lexicon.TrainingTopics.Where(t => t.KeepsName).ToList(),
            _ => lexicon.TrainingTopics,
        };
        if (scope == Scope.Training && rng.Chance(25))
        {
            var near = rng.Pick(lexicon.Domains);
            pool = pool.Where(t => t.Domain == near.Id).ToList();
        }

        return rng.Sample(pool, count);
    }

    private static string Name(Topic topic, Scope scope, Rng rng) => scope switch
    {
        Scope.HeldOutNames => topic.HeldOutName,
        Scope.HeldOutTopics => topic.Names[0],
        _ => rng.Pick(topic.TrainingNames),
    };

    private static Choice OfDomain(Domain domain, Rng rng)
    {
        var topics = domain.Topics.Where(t => !t.HeldOut).ToList();
        return new Choice(rng.Pick(domain.Names), topics, rng.Sample(topics, 3).Select(t => t.TrainingNames[0]).ToList());
    }

    private static List<string> Gloss(Topic topic, Rng rng) => rng.Chance(40) ? [topic.Meaning] : rng.Sample(topic.Things, rng.Between(2, 4));

    /// <summary>Labels are words, but people write them in the manner of titles, identifiers or constants.</summary>
    private static string Style(string label, int style) => style switch
    {
        < 62 => label,
        < 74 => Filler.Capital(label),
        < 88 => label.Replace(' ', '_').Replace("'", "", StringComparison.Ordinal),
        < 94 => label.Replace(' ', '-').Replace("'", "", StringComparison.Ordinal),
        _ => label.Replace(' ', '_').Replace("'", "", StringComparison.Ordinal).ToUpperInvariant(),
    };
}
