using System.Runtime.InteropServices;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>Runs of n words or characters, and how often each occurs.</summary>
internal static class NGrams
{
    /// <param name="order">Words per run, 1 or more.</param>
    public static Dictionary<string, int> Count(string[] words, int order)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + order <= words.Length; i++)
        {
            // No word holds a line break, so the joined run names its words.
            CollectionsMarshal.GetValueRefOrAddDefault(counts, order == 1 ? words[i] : string.Join('\n', words, i, order), out _)++;
        }

        return counts;
    }

    /// <summary>Of the occurrences of each run the smaller number, summed.</summary>
    public static int Overlap(Dictionary<string, int> first, Dictionary<string, int> second)
        => first.Sum(run => Math.Min(run.Value, second.GetValueOrDefault(run.Key)));
}
