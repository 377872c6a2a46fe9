namespace ModelOps.Core.Diagnostics;

/// <summary>One coded message. Every code has a page under <c>docs/errors</c>.</summary>
/// <param name="Code"><c>MOPS</c> and four digits.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">What happened, what was expected, what to do; foreign text in it is already clean.</param>
/// <param name="Location">Where, when a place is known.</param>
public sealed record Diagnostic(string Code, DiagnosticSeverity Severity, string Message, SourceLocation? Location = null)
{
    public static Diagnostic Error(string code, string message, SourceLocation? location = null)
        => new(code, DiagnosticSeverity.Error, message, location);

    public static Diagnostic Warning(string code, string message, SourceLocation? location = null)
        => new(code, DiagnosticSeverity.Warning, message, location);

    /// <summary>MSBuild's canonical form, <c>file(line,column): error MOPS1001: message</c>, so that one parser reads every front end.</summary>
    public override string ToString()
    {
        string origin = Location is { } at ? at.ToString() : "modelops";
        string severity = Severity switch { DiagnosticSeverity.Error => "error", DiagnosticSeverity.Warning => "warning", _ => "info" };
        return $"{origin}: {severity} {Code}: {Message}";
    }
}
