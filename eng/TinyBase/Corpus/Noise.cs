using System.Text;

namespace TinyBase.Corpus;

/// <summary>What hasty writers do to a text: slips of the keyboard, no capitals, no apostrophes, too many marks.</summary>
internal static class Noise
{
    public static string Apply(string text, Rng rng)
    {
        if (rng.Chance(30))
            text = text.ToLowerInvariant();
        else if (rng.Chance(6))
            text = text.ToUpperInvariant();
        if (rng.Chance(20))
            text = text.Replace(".", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal);
        if (rng.Chance(15))
            text += rng.PickOf("!!", "!!!", "??", " ...", " :(", " thx", " asap?");
        return Slips(text, rng, rng.PickOf(0, 3, 6, 10));
    }

    /// <summary>Damages about <paramref name="percent"/> of the words of four letters and more.</summary>
    private static string Slips(string text, Rng rng, int percent)
    {
        if (percent == 0)
            return text;
        var words = text.Split(' ');
        for (int i = 0; i < words.Length; i++)
            if (words[i].Length >= 4 && words[i].All(char.IsLetter) && rng.Chance(percent))
                words[i] = Slip(words[i], rng);
        return string.Join(' ', words);
    }

    private static string Slip(string word, Rng rng)
    {
        var letters = new StringBuilder(word);
        int at = rng.Between(1, word.Length - 2);
        switch (rng.Next(4))
        {
            case 0: letters.Remove(at, 1); break;
            case 1: letters.Insert(at, letters[at]); break;
            case 2: (letters[at], letters[at + 1]) = (letters[at + 1], letters[at]); break;
            default: letters[at] = (char)('a' + rng.Next(26)); break;
        }

        return letters.ToString();
    }
}
