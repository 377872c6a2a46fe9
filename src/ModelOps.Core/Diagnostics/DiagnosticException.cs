namespace ModelOps.Core.Diagnostics;

/// <summary>An expected failure. A border turns it into one coded message; any other exception is a bug and is rethrown.</summary>
public sealed class DiagnosticException : Exception
{
    public DiagnosticException(Diagnostic diagnostic, Exception? inner = null)
        : base((diagnostic ?? throw new ArgumentNullException(nameof(diagnostic))).ToString(), inner) => Diagnostic = diagnostic;

    public Diagnostic Diagnostic { get; }
}
