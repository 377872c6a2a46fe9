using System.Globalization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends;

/// <summary>What can go wrong with endpoints and commands: MOPS5110 to MOPS5119. All of them stop the evaluation: a tool that broke is no verdict.</summary>
public static class BackendErrors
{
    public static DiagnosticException NoKey(string endpoint, string variable, SourceLocation? at)
        => Error("MOPS5111", $"The endpoint '{Clean(endpoint)}' takes its key from the environment variable '{Clean(variable)}', which is not set. Set it, or replay the evaluation from eval.lock.", at);

    public static DiagnosticException GaveUp(string endpoint, int attempts, string last)
        => Error("MOPS5112", $"The endpoint '{Clean(endpoint)}' did not answer in {attempts.ToString(CultureInfo.InvariantCulture)} attempts; the last one: {Clean(last)}. "
            + "No verdict is given. What was answered is kept: build again to ask for the rest.");

    public static DiagnosticException Refused(string endpoint, int status, string said)
        => Error("MOPS5113", $"The endpoint '{Clean(endpoint)}' refuses the request with status {status.ToString(CultureInfo.InvariantCulture)}: {Clean(said)} "
            + "Asking again would not help: correct Url, Model, key or decoding.");

    public static DiagnosticException NoQuota(string endpoint, string said)
        => Error("MOPS5114", $"The account of the endpoint '{Clean(endpoint)}' has no quota or credit left: {Clean(said)} What was answered is kept: build again when it has.");

    public static DiagnosticException CommandFailed(string command, string why, string stderr)
        => Error("MOPS5116", $"The command '{Clean(command)}' {Clean(why)}.{(stderr.Length > 0 ? $" It said: {Clean(stderr)}" : "")} No verdict is given.");

    public static DiagnosticException BadCommandOutput(string command, string line, string why)
        => Error("MOPS5117", $"The command '{Clean(command)}' must write one JSON object a line with 'id' and 'text' for each line that it reads: {Clean(why)}: {Clean(line)}");

    private static string Clean(string text) => ForeignText.Clean(text, 300);

    private static DiagnosticException Error(string code, string message, SourceLocation? at = null) => new(Diagnostic.Error(code, message, at));
}
