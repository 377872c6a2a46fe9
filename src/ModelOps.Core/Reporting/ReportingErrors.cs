using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Reporting;

/// <summary>What can be wrong when a report is asked for: MOPS5301 to MOPS5309.</summary>
public static class ReportingErrors
{
    public static DiagnosticException NotEvaluated(string place)
        => Error("MOPS5301", "There is no evaluation to report on: expected a model project that has been built, its obj/modelops folder, or a model package. Build it first.", new SourceLocation(place));

    public static DiagnosticException NothingInCommon(IEnumerable<string> names)
        => Error("MOPS5302", $"The evaluations of {string.Join(", ", names.Select(n => $"'{ForeignText.Clean(n)}'"))} have no held-out row in common, so nothing can be compared row by row. "
            + "Compare builds of one evaluation set, or look at their reports one by one.");

    public static DiagnosticException NameTwice(string name)
        => Error("MOPS5303", $"Two of the builds to compare are called '{ForeignText.Clean(name)}'. Name each once, for example a project's folder and a package of an earlier version.");

    private static DiagnosticException Error(string code, string message, SourceLocation? at = null) => new(Diagnostic.Error(code, message, at));
}
