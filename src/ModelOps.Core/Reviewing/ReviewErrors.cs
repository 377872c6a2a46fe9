using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Reviewing;

/// <summary>What can be wrong with ratings: MOPS5320 to MOPS5329.</summary>
public static class ReviewErrors
{
    public static DiagnosticException NoRatings(MetricSpec metric, string subject)
        => Error("MOPS5320", $"Nobody has rated an answer of '{ForeignText.Clean(subject)}' for {ForeignText.Clean(metric.ToString())}: a rating belongs to the text of an answer, and these answers are new. "
            + "Write sheets with 'dotnet modelops review export', have them filled in, and import them.");

    public static DiagnosticException NotASheet(SourceLocation at, string detail)
        => Error("MOPS5321", $"The file is no filled-in review sheet: {ForeignText.Clean(detail)}. Expected a CSV file that 'dotnet modelops review export' wrote, with its header.", at);

    public static DiagnosticException NoSuchValue(SourceLocation at, ReviewAttribute attribute, string said)
        => Error("MOPS5322", $"'{ForeignText.Clean(said)}' is no value of '{ForeignText.Clean(attribute.Name)}'; expected {ForeignText.Clean(string.Join(", ", attribute.Values))}, or an empty cell.", at);

    public static DiagnosticException RatedTwice(SourceLocation at, string item)
        => Error("MOPS5323", $"The answer {ForeignText.Clean(item)} stands in this sheet twice, so nobody can tell which rating counts. Remove one of the rows.", at);

    public static DiagnosticException BadLine(SourceLocation at, string detail)
        => Error("MOPS5324", $"The line is no rating: {ForeignText.Clean(detail)}. The file is written by 'dotnet modelops review import'; docs/formats/review.md says what it holds.", at);

    public static DiagnosticException OtherQuestion(SourceLocation at, ReviewAttribute known, ReviewAttribute other)
        => Error("MOPS5325", $"The question '{ForeignText.Clean(other.ToString())}' has other values than the one of the same name that was asked before, '{ForeignText.Clean(known.ToString())}'. "
            + "Give the new question a name of its own.", at);

    public static DiagnosticException NoQuestion(MetricSpec metric, IEnumerable<string> known)
        => Error("MOPS5326", $"The ratings have no question '{ForeignText.Clean(metric.Field!)}' whose values have an order. Known: {ForeignText.Clean(string.Join(", ", known))}.");

    public static DiagnosticException BadQuestion(string text)
        => Error("MOPS5327", $"'{ForeignText.Clean(text)}' is no question; expected for example helpful=1..5, tone=rude,plain,kind (worst first) or topic=nominal a,b,c.");

    private static DiagnosticException Error(string code, string message, SourceLocation? at = null) => new(Diagnostic.Error(code, message, at));
}
