using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Advising;

/// <summary>What can be wrong with what a project says to <c>advise</c>: MOPS9020 to MOPS9029.</summary>
public static class AdviseErrors
{
    public static DiagnosticException BadFile(string path, string why) => new(Diagnostic.Error("MOPS9020",
        $"The file cannot be used: {ForeignText.Clean(why, 300)} Expected a JSON object with 'mustCite', 'latencyLimit', 'requestsPerMonth', 'ownWeights', 'knowledge', 'thresholds' and 'money', all optional (docs/advise.md).", new SourceLocation(path)));

    public static DiagnosticException BadProperty(string name, string value, string expected, string project) => new(Diagnostic.Error("MOPS9021",
        $"{name} is '{ForeignText.Clean(value, 100)}'; expected {expected}.", new SourceLocation(project)));

    public static Diagnostic OtherRows(string evaluation, int evaluated, int now) => Diagnostic.Warning("MOPS9022", FormattableString.Invariant(
        $"The evaluation was made with {evaluated} training rows, and the project has {now} now. What is advised stands on the earlier build; build again, or run 'dotnet modelops advise --run'."), new SourceLocation(evaluation));
}
