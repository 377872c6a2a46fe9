using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Reviewing;

/// <summary>One answer to rate. Its id is the content, row and answer, so that a rating stays with the answer whoever gave it and whichever version gives it again.</summary>
public sealed record ReviewItem(string Id, EvaluationItem Row, string Answer)
{
    // A letter first: spreadsheets would read 12e45 as a number.
    private const string Prefix = "i";
    private const int Digits = 16;

    public static string IdOf(string row, string answer) => Prefix + Digest.Of(Encoding.UTF8.GetBytes($"{row}\n{answer}")).Hex[..Digits];

    /// <summary>Every different answer of these subjects to every row.</summary>
    public static IEnumerable<ReviewItem> Of(EvaluationReport report, IEnumerable<SubjectReport> subjects)
        => subjects.SelectMany(subject => report.Items.Zip(subject.Run.Answers, (row, answer) => new ReviewItem(IdOf(row.Id, answer.Text), row, answer.Text))).DistinctBy(i => i.Id);
}

/// <summary>What one rater said of one answer.</summary>
/// <param name="Value">One of the attribute's values.</param>
public sealed record Rating(string Item, string Attribute, string Rater, string Value);
