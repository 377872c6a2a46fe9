namespace ModelOps.Core.Diagnostics;

/// <summary>How much a diagnostic matters.</summary>
public enum DiagnosticSeverity
{
    Info,
    Warning,
    Error,
}
