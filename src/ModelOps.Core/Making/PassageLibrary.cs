using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Making;

/// <summary>The passages of documents, cut as those of a prompt's <c>Documents</c> are, found by BM25; each knows the documents it stands in. The same passage twice is one.</summary>
public sealed class PassageLibrary
{
    private readonly string[] _passages;
    private readonly HashSet<string>[] _documents;
    private readonly string[] _words;
    private readonly Bm25Index _index;

    private PassageLibrary(string[] passages, HashSet<string>[] documents)
    {
        (_passages, _documents, _words, _index) = (passages, documents, [.. passages.Select(Citation.Words)], new Bm25Index(passages));
        Digest = Digest.Of(new KeyFields().Add("passages", passages).ToCanonicalJson());
    }

    /// <summary>Identity of all passages.</summary>
    public Digest Digest { get; }

    public int Count => _passages.Length;

    public string this[int passage] => _passages[passage];

    /// <param name="documents">Name and text.</param>
    public static PassageLibrary Of(IEnumerable<(string Name, string Text)> documents)
    {
        var named = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach ((string name, string text) in documents)
        {
            foreach (string passage in PassageIndex.Cut(text))
            {
                (named.TryGetValue(passage, out HashSet<string>? names) ? names : named[passage] = new HashSet<string>(StringComparer.Ordinal)).Add(name);
            }
        }

        return new PassageLibrary([.. named.Keys], [.. named.Values]);
    }

    public bool Has(string document) => _documents.Any(names => names.Contains(document));

    public bool IsOf(int passage, string? document) => document is null || _documents[passage].Contains(document);

    /// <summary>The passages that share a word with the question, the nearest first.</summary>
    public IEnumerable<int> Nearest(string question) => _index.Search(question, _passages.Length).Select(hit => hit.Document);

    /// <summary>All that have these words, in order.</summary>
    public IEnumerable<int> With(IReadOnlyList<string> quotes)
    {
        string[] words = [.. quotes.Select(Citation.Words)];
        return Enumerable.Range(0, _words.Length).Where(passage => Array.TrueForAll(words, quote => _words[passage].Contains(quote, StringComparison.Ordinal)));
    }
}
