using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>What can be wrong with a metric's own settings and scores: MOPS5150 to MOPS5159.</summary>
public static class MetricErrors
{
    public static DiagnosticException ArgumentRequired(string metric, string argument, SourceLocation? location)
        => Error("MOPS5150", $"The metric {metric} needs {argument}=\"…\".", location);

    public static DiagnosticException ArgumentNotAllowed(string metric, string argument, string owner, SourceLocation? location)
        => Error("MOPS5151", $"The metric {metric} takes no {argument}; that belongs to {owner}. Remove it, or gate on {owner}.", location);

    public static DiagnosticException InvalidPattern(string pattern, string detail, SourceLocation? location)
        => Error("MOPS5152", $"Pattern=\"{ForeignText.Clean(pattern)}\" cannot be used: {ForeignText.Clean(detail)} Patterns are .NET regular expressions without "
            + "look-around and back-references, so that no answer can hold up a build.", location);

    public static DiagnosticException InvalidSchema(string pointer, string detail, SourceLocation? location)
        => Error("MOPS5153", $"The JSON Schema of the metric JsonSchema cannot be used at '{ForeignText.Clean(pointer)}': {ForeignText.Clean(detail)} "
            + "A keyword that were passed over would let wrong answers through.", location);

    public static DiagnosticException NoGivenScore(MetricSpec spec, string subject)
        => Error("MOPS5154", $"'{ForeignText.Clean(subject)}' has no scores of {ForeignText.Clean(spec.ToString())} for every row. "
            + "A missing score is a broken tool, not a bad score; run the evaluation again.");

    public static DiagnosticException ScoreOutOfRange(MetricSpec spec, string subject, string row, double score)
        => Error("MOPS5155", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{ForeignText.Clean(spec.ToString())} scored row {ForeignText.Clean(row)} of '{ForeignText.Clean(subject)}' with {score}; expected a number from 0 to 1, ")
            + "where higher is better. Change the command or the judge.");

    public static DiagnosticException FileUnreadable(string metric, string argument, string path, string detail, SourceLocation? location)
        => Error("MOPS5156", $"The metric {metric} cannot read its {argument} '{ForeignText.Clean(path)}': {ForeignText.Clean(detail)} Give a path relative to the project.", location);

    public static DiagnosticException CommandFailed(MetricSpec spec, string why, string lastWords)
        => Error("MOPS5157", $"The command of {ForeignText.Clean(spec.ToString())} {why}. "
            + (lastWords.Length > 0 ? $"Its last words: {ForeignText.Clean(lastWords)} " : "") + "No verdict is given; a broken tool is no bad score.");

    public static DiagnosticException CommandOutput(MetricSpec spec, string line, string detail)
        => Error("MOPS5158", $"The command of {ForeignText.Clean(spec.ToString())} wrote a line that is no score ({ForeignText.Clean(detail)}): {ForeignText.Clean(line, 120)}. "
            + "Expected {\"id\":\"…\",\"score\":0.5} for every line that it reads.");

    private static DiagnosticException Error(string code, string message, SourceLocation? location = null)
        => new(Diagnostic.Error(code, message, location));
}
