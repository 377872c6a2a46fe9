using System.Text;
using System.Text.RegularExpressions;

namespace TinyBase.Tokenizer;

/// <summary>A learnt vocabulary: tokens in the order of their ids after the special ones, and the merges in the order of their rank.</summary>
internal sealed record BpeVocabulary(IReadOnlyList<string> Tokens, IReadOnlyList<(string Left, string Right)> Merges);

/// <summary>
/// Byte-level byte-pair encoding (Sennrich et al., 2016, on the bytes and with the pre-split of GPT-2, Radford et al., 2019). Ties go to
/// the pair that comes first in ordinal order, so the result depends on the text alone.
/// </summary>
internal sealed partial class BpeTrainer
{
    /// <summary>GPT-2's split into words, numbers, marks and space.</summary>
    public const string SplitPattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly string[] s_alphabet = Alphabet();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    public void Add(string text)
    {
        foreach (ValueMatch match in Split().EnumerateMatches(text))
        {
            string word = text.Substring(match.Index, match.Length);
            _counts[word] = _counts.GetValueOrDefault(word) + 1;
        }
    }

    /// <param name="size">Tokens to make, the 256 single bytes among them.</param>
    public BpeVocabulary Train(int size)
    {
        var words = _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new Word(Symbols(c.Key), c.Value)).ToList();
        var tokens = s_alphabet.Order(StringComparer.Ordinal).ToList();
        var merges = new List<(string, string)>();
        var pairs = new Dictionary<(string, string), int>();
        var where = new Dictionary<(string, string), HashSet<int>>();
        for (int i = 0; i < words.Count; i++)
            Count(words[i], i, 1, pairs, where);
        while (tokens.Count < size)
        {
            var best = Best(pairs);
            if (pairs[best] < 2)
                break;
            merges.Add(best);
            tokens.Add(best.Item1 + best.Item2);
            foreach (int i in where[best].Order().ToList())
            {
                Count(words[i], i, -1, pairs, where);
                words[i].Merge(best.Item1, best.Item2);
                Count(words[i], i, 1, pairs, where);
            }
        }

        return new BpeVocabulary(tokens, merges);
    }

    private static (string, string) Best(Dictionary<(string, string), int> pairs)
    {
        (string, string) best = default;
        int most = -1;
        foreach (var (pair, count) in pairs)
            if (count > most || (count == most && Before(pair, best)))
                (best, most) = (pair, count);
        return best;
    }

    private static bool Before((string Left, string Right) a, (string Left, string Right) b)
    {
        int left = string.CompareOrdinal(a.Left, b.Left);
        return left < 0 || (left == 0 && string.CompareOrdinal(a.Right, b.Right) < 0);
    }

    private static void Count(Word word, int index, int sign, Dictionary<(string, string), int> pairs, Dictionary<(string, string), HashSet<int>> where)
    {
        for (int i = 0; i + 1 < word.Symbols.Count; i++)
        {
            var pair = (word.Symbols[i], word.Symbols[i + 1]);
            int count = pairs.GetValueOrDefault(pair) + sign * word.Count;
            if (count == 0)
                pairs.Remove(pair);
            else
                pairs[pair] = count;
            if (!where.TryGetValue(pair, out var indices))
                where[pair] = indices = [];
            if (sign > 0)
                indices.Add(index);
        }
    }

    private static List<string> Symbols(string word) => Encoding.UTF8.GetBytes(word).Select(b => s_alphabet[b]).ToList();

    /// <summary>GPT-2's printable stand-ins for the 256 bytes.</summary>
    private static string[] Alphabet()
    {
        var letters = new string[256];
        int next = 256;
        for (int b = 0; b < 256; b++)
        {
            bool printable = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            letters[b] = ((char)(printable ? b : next++)).ToString();
        }

        return letters;
    }

    [GeneratedRegex(SplitPattern, RegexOptions.CultureInvariant)]
    private static partial Regex Split();

    private sealed class Word(List<string> symbols, int count)
    {
        public List<string> Symbols { get; } = symbols;

        public int Count { get; } = count;

        public void Merge(string left, string right)
        {
            for (int i = 0; i + 1 < Symbols.Count; i++)
            {
                if (Symbols[i] != left || Symbols[i + 1] != right)
                    continue;
                Symbols[i] = left + right;
                Symbols.RemoveAt(i + 1);
            }
        }
    }
}
