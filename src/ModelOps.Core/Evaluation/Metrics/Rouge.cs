using System.Globalization;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// ROUGE-1, ROUGE-2 and ROUGE-L (Lin, 2004), mean F measure of the rows, as the package rouge_score computes it without stemming: words are runs of
/// a–z and 0–9 in lower case, so it says nothing about text in other alphabets. Row scores: 2 P R / (P + R) of the n-gram overlap or of the longest
/// common subsequence.
/// </summary>
/// <param name="order">1 or 2 for n-grams; 0 for the longest common subsequence.</param>
public sealed class Rouge(int order) : IMetric
{
    public MetricSpec Spec { get; } = new(order == 0 ? "RougeL" : string.Create(CultureInfo.InvariantCulture, $"Rouge{order}"));

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => MetricSample.Mean([.. items.Select((item, i) => Of(item.Reference, run.Answers[i].Text))]);

    internal double Of(string reference, string answer)
    {
        string[] expected = Words(reference), given = Words(answer);
        return order == 0 ? F(CommonSubsequence(expected, given), expected.Length, given.Length)
            : F(NGrams.Overlap(NGrams.Count(expected, order), NGrams.Count(given, order)), Math.Max(0, expected.Length - order + 1), Math.Max(0, given.Length - order + 1));
    }

    private static double F(int common, int expected, int given)
        => common == 0 ? 0 : 2.0 * common / (expected + given); // 2 P R / (P + R) with P = common / given, R = common / expected

    private static string[] Words(string text)
    {
        char[] letters = text.ToLowerInvariant().ToCharArray();
        for (int i = 0; i < letters.Length; i++)
        {
            letters[i] = char.IsAsciiLetterLower(letters[i]) || char.IsAsciiDigit(letters[i]) ? letters[i] : ' ';
        }

        return new string(letters).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static int CommonSubsequence(string[] a, string[] b)
    {
        var last = new int[b.Length + 1];
        foreach (string word in a)
        {
            int diagonal = 0;
            for (int j = 1; j <= b.Length; j++)
            {
                (diagonal, last[j]) = (last[j], word == b[j - 1] ? diagonal + 1 : Math.Max(last[j], last[j - 1]));
            }
        }

        return last[b.Length];
    }
}
