using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Evaluation;

/// <summary>What can go wrong while evaluating; one named method per code.</summary>
public static class EvaluationErrors
{
    public static DiagnosticException UnknownMetric(string name, IEnumerable<string> known, SourceLocation? location)
        => Error("MOPS4001", $"There is no metric '{ForeignText.Clean(name)}'.{NearMiss.Hint(name, known)} Known: {string.Join(", ", known)}.", location);

    public static DiagnosticException FieldRequired(string metric, SourceLocation? location)
        => Error("MOPS4002", $"The metric {metric} needs Field=\"…\", the name of a field of the JSON answers.", location);

    public static DiagnosticException FieldNotAllowed(MetricSpec spec, SourceLocation? location)
        => Error("MOPS4003", $"The metric {spec.Name} looks at the whole answer and takes no Field (given: '{ForeignText.Clean(spec.Field!)}'). "
            + "Use FieldAccuracy, MacroF1 or MicroF1 for one field, or remove Field.", location);

    public static DiagnosticException UnknownField(MetricSpec spec, string field, IReadOnlyList<string> known)
        => Error("MOPS4004", known.Count == 0
            ? $"{spec} looks at a field of JSON answers, but no reference answer of the evaluation set is a JSON object."
            : $"{spec}: no reference answer of the evaluation set has a field '{ForeignText.Clean(field)}'.{ForeignText.Clean(NearMiss.Hint(field, known))} "
                + $"Fields: {ForeignText.Clean(string.Join(", ", known))}.");

    public static DiagnosticException MissingAnswer(string subject, int row, string id, string? file)
        => Error("MOPS4005", $"'{ForeignText.Clean(subject)}' has no answer for held-out row {row + 1} ({ForeignText.Clean(id)}). "
            + "A missing answer is a broken tool, not a wrong answer; no verdict is given. Run the evaluation again.", At(file));

    public static DiagnosticException UnexpectedAnswer(string subject, string id, bool repeated, string? file)
        => Error("MOPS4006", $"'{ForeignText.Clean(subject)}' has {(repeated ? "two answers for one row" : "an answer for a row that is not held out")} "
            + $"({ForeignText.Clean(id)}). The answers are from another evaluation set or a broken tool; delete them and run the evaluation again.", At(file));

    public static DiagnosticException MissingScore(string subject, string id)
        => Error("MOPS4007", $"'{ForeignText.Clean(subject)}' has no usable likelihood for the reference of row {ForeignText.Clean(id)}, which MeanLoss, Perplexity and TokenAccuracy need. "
            + "A missing score is a broken tool, not a bad score; run the evaluation again, or gate on a metric that needs answers only.");

    public static DiagnosticException NoRows()
        => Error("MOPS4008", "There is no held-out row, so nothing can be shown. Put rows into data/eval/*.jsonl, or list them as EvalData.");

    public static DiagnosticException InvalidReport(string file, string detail)
        => Error("MOPS4009", $"The evaluation report cannot be used: {ForeignText.Clean(detail)} It is written by the Evaluate stage and never by hand; "
            + "delete it and build again.", new SourceLocation(file));

    public static DiagnosticException DuplicateSubject(string name)
        => Error("MOPS4010", $"Two subjects of the evaluation are called '{ForeignText.Clean(name)}'. A prompt is named by its file name without extension, and "
            + "'candidate' and names that begin with 'floor:' are taken; rename one prompt file.");

    private static SourceLocation? At(string? file) => file is null ? null : new SourceLocation(file);

    private static DiagnosticException Error(string code, string message, SourceLocation? location = null)
        => new(Diagnostic.Error(code, message, location));
}
