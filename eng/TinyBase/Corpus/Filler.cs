using System.Text;

namespace TinyBase.Corpus;

/// <summary>Replaces <c>{slot}</c> in templates: words of a topic, or names, towns, firms, days, times, sums and codes.</summary>
internal static class Filler
{
    private static readonly string[] s_days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    private static readonly string[] s_months =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    private static readonly string[] s_numbers =
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "fifteen", "twenty", "thirty", "forty", "fifty"];

    public static IReadOnlyList<string> People { get; } = Resources.Words("people");
    public static IReadOnlyList<string> Towns { get; } = Resources.Words("towns");
    public static IReadOnlyList<string> Firms { get; } = Resources.Words("firms");
    public static IReadOnlyList<string> Colours { get; } = Resources.Words("colours");

    /// <summary>Equal slots get equal words; the first letter becomes a capital where <paramref name="capital"/> says so.</summary>
    public static string Fill(string template, Topic topic, Rng rng, bool capital = true) =>
        Fill(template, topic, rng, new Dictionary<string, string>(StringComparer.Ordinal), capital);

    public static string Fill(string template, Topic topic, Rng rng, Dictionary<string, string> chosen, bool capital = true)
    {
        var text = new StringBuilder();
        int at = 0;
        while (at < template.Length)
        {
            int open = template.IndexOf('{', at);
            if (open < 0)
                break;
            int close = template.IndexOf('}', open);
            string slot = template[(open + 1)..close];
            if (!chosen.TryGetValue(slot, out string? word))
                chosen[slot] = word = Word(slot, topic, rng, chosen);
            text.Append(template, at, open - at).Append(word);
            at = close + 1;
        }

        text.Append(template, at, template.Length - at);
        return capital ? Capital(text.ToString()) : text.ToString();
    }

    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    public static string Value(string key, Rng rng) => key switch
    {
        "name" => rng.Pick(People),
        "day" => Day(rng),
        "time" => Time(rng),
        "amount" => Amount(rng),
        "number" => Code(rng),
        "town" => rng.Pick(Towns),
        "company" => rng.Pick(Firms),
        "colour" => rng.Pick(Colours),
        "quantity" => Quantity(rng),
        _ => throw new ArgumentException($"no values are known for '{key}'", nameof(key)),
    };

    private static string Word(string slot, Topic topic, Rng rng, Dictionary<string, string> chosen) => slot.TrimEnd('2', '3') switch
    {
        "thing" => Other(topic.Things, rng, chosen),
        "do" => Other(topic.Deeds, rng, chosen),
        "bad" => Other(topic.Problems, rng, chosen),
        "good" => Other(topic.Successes, rng, chosen),
        "who" => rng.Pick(topic.People),
        "where" => rng.Pick(topic.Places),
        "person" => rng.Chance(50) ? rng.Pick(People) : rng.Pick(People).Split(' ')[0],
        "topic" => rng.Pick(topic.TrainingNames),
        "is" => topic.Meaning,
        "firm" => rng.Pick(Firms),
        "day" => Day(rng),
        var key => Value(key, rng),
    };

    private static string Other(IReadOnlyList<string> words, Rng rng, Dictionary<string, string> chosen)
    {
        var free = words.Where(w => !chosen.ContainsValue(w)).ToList();
        return rng.Pick(free.Count > 0 ? free : words);
    }

    private static string Day(Rng rng) => rng.Next(4) switch
    {
        0 => $"{rng.Between(1, 28)} {rng.Pick(s_months)}",
        1 => $"{rng.Pick(s_months)} {rng.Between(1, 28)}",
        _ => rng.Pick(s_days),
    };

    private static string Time(Rng rng) => rng.Next(3) switch
    {
        0 => $"{rng.Between(1, 12)} o'clock",
        1 => $"{rng.Between(0, 23):00}:{5 * rng.Next(12):00}",
        _ => $"{rng.Between(1, 12)}.{5 * rng.Between(1, 11):00} {(rng.Chance(50) ? "am" : "pm")}",
    };

    private static string Amount(Rng rng)
    {
        string number = rng.Chance(50) ? $"{rng.Between(2, 99)}" : rng.Chance(50) ? $"{rng.Between(100, 990)}" : $"{rng.Between(1, 99)}.{rng.Between(10, 99)}";
        return rng.Next(4) switch { 0 => "$" + number, 1 => number + " pounds", 2 => number + " euros", _ => number + " dollars" };
    }

    private static string Code(Rng rng)
    {
        string letters = string.Concat(Enumerable.Range(0, rng.Between(1, 3)).Select(_ => (char)('A' + rng.Next(26))));
        return rng.Chance(50) ? $"{letters}-{rng.Between(10, 9999)}" : rng.Chance(50) ? $"{letters}{rng.Between(10, 999)}" : $"{rng.Between(1000, 99999)}";
    }

    private static string Quantity(Rng rng) => rng.Chance(50) ? rng.Pick(s_numbers) : $"{rng.Between(2, 99)}";
}
