namespace ModelOps.SampleData;

/// <summary>Keeps rows apart: two texts are near when they share many runs of three words (Jaccard index).</summary>
public sealed class Nearness
{
    private const double MaximumAcrossSets = 0.5;
    private const double MaximumWithinSet = 0.75;

    private readonly List<(DataSet Set, HashSet<string> Runs)> _accepted = [];

    /// <summary>Takes the text in, or refuses it because it is too near to one that is in already.</summary>
    public bool TryAdd(DataSet set, string text)
    {
        HashSet<string> runs = Runs(text);
        if (_accepted.Any(a => Jaccard(a.Runs, runs) >= (a.Set == set ? MaximumWithinSet : MaximumAcrossSets)))
            return false;
        _accepted.Add((set, runs));
        return true;
    }

    public static double Jaccard(HashSet<string> left, HashSet<string> right)
    {
        int both = left.Count(right.Contains);
        return (double)both / (left.Count + right.Count - both);
    }

    /// <summary>The distinct runs of three words; case and punctuation do not count. A shorter text is one run.</summary>
    public static HashSet<string> Runs(string text)
    {
        string[] words = new string([.. text.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length < 3
            ? [string.Join(' ', words)]
            : [.. Enumerable.Range(0, words.Length - 2).Select(i => string.Join(' ', words[i..(i + 3)]))];
    }
}
