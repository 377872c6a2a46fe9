using System.Runtime.InteropServices;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Floors;

/// <summary>
/// BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) with k1 = 1.2 and b = 0.75, and the inverse document
/// frequency ln(1 + (N − n + ½) / (n + ½)), which is never negative (Lucene's form). Every occurrence of a word in the query counts.
/// </summary>
public sealed class Bm25Index
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    private readonly Dictionary<string, List<(int Document, int Count)>> _postings = new(StringComparer.Ordinal);
    private readonly int[] _lengths;
    private readonly double _meanLength;

    public Bm25Index(IEnumerable<string> documents)
    {
        var lengths = new List<int>();
        foreach (string document in documents)
        {
            IReadOnlyList<string> words = Words.Of(document);
            foreach (IGrouping<string, string> word in words.GroupBy(w => w, StringComparer.Ordinal))
            {
                ref List<(int, int)>? postings = ref CollectionsMarshal.GetValueRefOrAddDefault(_postings, word.Key, out _);
                (postings ??= []).Add((lengths.Count, word.Count()));
            }

            lengths.Add(words.Count);
        }

        _lengths = [.. lengths];
        _meanLength = _lengths.Length == 0 ? 0 : _lengths.Average();
    }

    public int Count => _lengths.Length;

    /// <summary>At most <paramref name="most"/> documents that share a word with the query, best first; the earlier document wins a tie.</summary>
    public IReadOnlyList<(int Document, double Score)> Search(string query, int most)
    {
        var scores = new Dictionary<int, double>();
        foreach (IGrouping<string, string> word in Words.Of(query).GroupBy(w => w, StringComparer.Ordinal))
        {
            if (_postings.TryGetValue(word.Key, out List<(int Document, int Count)>? postings))
            {
                double weight = word.Count() * PortableMath.Log(1 + ((Count - postings.Count + 0.5) / (postings.Count + 0.5)));
                foreach ((int document, int count) in postings)
                {
                    double damping = K1 * (1 - B + (B * _lengths[document] / _meanLength));
                    CollectionsMarshal.GetValueRefOrAddDefault(scores, document, out _) += weight * count * (K1 + 1) / (count + damping);
                }
            }
        }

        return [.. scores.Select(s => (Document: s.Key, Score: s.Value)).OrderByDescending(s => s.Score).ThenBy(s => s.Document).Take(most)];
    }
}
