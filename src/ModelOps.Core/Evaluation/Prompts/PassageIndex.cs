using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>Documents cut into passages, found by BM25. Where a file lies and what it is called change nothing; the same passage twice is one.</summary>
public sealed class PassageIndex
{
    /// <summary>Most words of a passage: whole paragraphs are joined up to here, and a longer one is cut.</summary>
    public const int PassageWords = 120;

    private readonly string[] _passages;
    private readonly Bm25Index _index;

    private PassageIndex(string[] passages)
    {
        _passages = passages;
        _index = new Bm25Index(passages);
        Digest = Digest.Of(new KeyFields().Add("passages", passages).ToCanonicalJson());
    }

    /// <summary>Identity of all passages.</summary>
    public Digest Digest { get; }

    public int Count => _passages.Length;

    public static PassageIndex Of(IEnumerable<string> documents)
        => new([.. documents.SelectMany(Cut).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);

    /// <summary>At most so many passages that share a word with the question, the best first.</summary>
    public IReadOnlyList<string> Search(string question, int most) => [.. _index.Search(question, most).Select(hit => _passages[hit.Document])];

    /// <summary>The passages of one document, in its order.</summary>
    public static IReadOnlyList<string> Cut(string document)
    {
        var passages = new List<string>();
        var passage = new StringBuilder();
        int words = 0;
        foreach (string paragraph in Paragraphs(document))
        {
            string[] spoken = paragraph.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words > 0 && words + spoken.Length > PassageWords)
            {
                Close();
            }

            if (spoken.Length > PassageWords)
            {
                passages.AddRange(spoken.Chunk(PassageWords).Select(piece => string.Join(' ', piece)));
                continue;
            }

            passage.Append(passage.Length > 0 ? "\n" : "").Append(paragraph);
            words += spoken.Length;
        }

        Close();
        return passages;

        void Close()
        {
            if (passage.Length > 0)
            {
                passages.Add(passage.ToString());
            }

            passage.Clear();
            words = 0;
        }
    }

    /// <summary>Runs of lines that are not empty.</summary>
    private static IEnumerable<string> Paragraphs(string document)
    {
        var lines = new List<string>();
        foreach (string line in document.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n').Append(""))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                lines.Add(line.TrimEnd());
            }
            else if (lines.Count > 0)
            {
                yield return string.Join('\n', lines);
                lines.Clear();
            }
        }
    }
}
