namespace ModelOps.Core.Making;

/// <summary>
/// What an answer quotes, between the marks that RAFT uses (Zhang et al., 2024, arXiv:2403.10131, figure 3), and whether it stands in a passage: word for word, white space aside.
/// </summary>
public static class Citation
{
    public const string Begin = "##begin_quote##", End = "##end_quote##", Answer = "##Answer:";

    /// <summary>The quotes of an answer in their order; null when a mark is missing or a quote is empty.</summary>
    public static IReadOnlyList<string>? Quotes(string answer)
    {
        var quotes = new List<string>();
        int at = 0;
        while (answer.IndexOf(Begin, at, StringComparison.Ordinal) is >= 0 and int begin)
        {
            int from = begin + Begin.Length, end = answer.IndexOf(End, from, StringComparison.Ordinal);
            if (end < 0 || Words(answer[from..end]) is not { Length: > 0 } quote || quote.Contains(Begin, StringComparison.Ordinal))
            {
                return null;
            }

            quotes.Add(quote);
            at = end + End.Length;
        }

        return answer.IndexOf(End, at, StringComparison.Ordinal) >= 0 ? null : quotes;
    }

    /// <summary>Whether a passage has the words, one after the other.</summary>
    public static bool IsIn(string passage, string quote) => Words(passage).Contains(Words(quote), StringComparison.Ordinal);

    /// <summary>An answer that quotes first; as it is where it quotes already.</summary>
    public static string Cited(string answer, string citation)
        => answer.Contains(Begin, StringComparison.Ordinal) ? answer : $"{Begin} {Words(citation)} {End}\n{Answer} {answer}";

    /// <summary>With one blank for every run of white space.</summary>
    internal static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
