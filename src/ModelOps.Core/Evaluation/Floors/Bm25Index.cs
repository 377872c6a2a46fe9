using System.Buffers;
using System.Runtime.InteropServices;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Floors;

/// <summary>
/// BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) with k1 = 1.2 and b = 0.75, and the inverse document
/// frequency ln(1 + (N − n + ½) / (n + ½)), which is never negative (Lucene's form). Every occurrence of a word in the query counts. Searching changes
/// nothing, so several threads may.
/// </summary>
public sealed class Bm25Index
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    private readonly Dictionary<string, Postings> _postings;

    public Bm25Index(IEnumerable<string> documents)
    {
        var lengths = new List<int>();
        var counts = new Dictionary<string, List<(int Document, int Count)>>(StringComparer.Ordinal);
        foreach (string document in documents)
        {
            IReadOnlyList<string> words = Words.Of(document);
            foreach ((string word, int count) in words.CountBy(w => w, StringComparer.Ordinal))
            {
                ref List<(int, int)>? postings = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, word, out _);
                (postings ??= []).Add((lengths.Count, count));
            }

            lengths.Add(words.Count);
        }

        Count = lengths.Count;
        double mean = lengths.Count == 0 ? 0 : lengths.Average();
        double[] damping = [.. lengths.Select(length => K1 * (1 - B + (B * length / mean)))];
        _postings = counts.ToDictionary(c => c.Key, c => Postings.Of(c.Value, damping), StringComparer.Ordinal);
    }

    public int Count { get; }

    /// <summary>At most <paramref name="most"/> documents that share a word with the query, best first; the earlier document wins a tie.</summary>
    public IReadOnlyList<(int Document, double Score)> Search(string query, int most)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(Count);
        Span<double> scores = rented.AsSpan(0, Count);
        scores.Clear();
        foreach ((string word, int count) in Words.Of(query).CountBy(w => w, StringComparer.Ordinal))
        {
            if (_postings.TryGetValue(word, out Postings? postings))
            {
                postings.AddTo(scores, count * PortableMath.Log(1 + ((Count - postings.Count + 0.5) / (postings.Count + 0.5))));
            }
        }

        IReadOnlyList<(int, double)> best = Best(scores, most);
        ArrayPool<double>.Shared.Return(rented);
        return best;
    }

    /// <summary>A document that shares no word has the score 0, and no other has.</summary>
    private static (int Document, double Score)[] Best(ReadOnlySpan<double> scores, int most)
    {
        var worstFirst = new PriorityQueue<int, (double Score, int Later)>();
        double least = 0; // what a further document has to exceed: an equal one comes later
        for (int document = 0; document < scores.Length; document++)
        {
            if (scores[document] <= least)
            {
                continue;
            }

            if (worstFirst.Count == most)
            {
                worstFirst.Dequeue();
            }

            worstFirst.Enqueue(document, (scores[document], -document));
            least = worstFirst.Count == most && worstFirst.TryPeek(out _, out (double Score, int) worst) ? worst.Score : 0;
        }

        var best = new (int, double)[worstFirst.Count];
        for (int i = best.Length - 1; i >= 0; i--)
        {
            int document = worstFirst.Dequeue();
            best[i] = (document, scores[document]);
        }

        return best;
    }

    /// <summary>The documents of a word. Those of one length that have it equally often score alike, so that a word takes a few divisions however many documents have it.</summary>
    private sealed class Postings
    {
        private readonly (double Count, double Divisor, int[] Documents)[] _alike;

        private Postings(int count, (double, double, int[])[] alike) => (Count, _alike) = (count, alike);

        public int Count { get; }

        public static Postings Of(List<(int Document, int Count)> documents, double[] damping) => new(documents.Count, [.. documents
            .GroupBy(d => (d.Count, Damping: damping[d.Document]))
            .Select(alike => ((double)alike.Key.Count, alike.Key.Count + alike.Key.Damping, alike.Select(d => d.Document).ToArray()))]);

        public void AddTo(Span<double> scores, double weight)
        {
            foreach ((double count, double divisor, int[] documents) in _alike)
            {
                double score = weight * count * (K1 + 1) / divisor;
                foreach (int document in documents)
                {
                    scores[document] += score;
                }
            }
        }
    }
}
