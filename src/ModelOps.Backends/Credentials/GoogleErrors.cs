using System.Globalization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Credentials;

/// <summary>Signing in to Google, and what Gemini cannot be told: MOPS3136 to MOPS3139.</summary>
internal static class GoogleErrors
{
    public static DiagnosticException BadKeyFile(string variable, string why) => Error("MOPS3136",
        $"The environment variable '{Clean(variable)}' must name the key file of a Google service account, and what it names cannot be used: {Clean(why)}. Expected JSON with type, client_email, private_key and token_uri, as the console of Google Cloud makes it.");

    public static DiagnosticException SignInRefused(string account, int status, string said) => Error("MOPS3137", string.Create(CultureInfo.InvariantCulture,
        $"Google refuses to sign in the service account '{Clean(account)}' with status {status}: {Clean(said)} Look whether the account and its key still exist, and whether the clock of this machine is right."));

    public static DiagnosticException NoPlace(string what, string expected) => Error("MOPS3138", $"{Clean(what)} Set {Clean(expected)}.");

    public static DiagnosticException NotAsked(string endpoint, string why, string advice) => Error("MOPS3139", $"'{Clean(endpoint)}' cannot be asked: {Clean(why)}. {advice}");

    private static string Clean(string text) => ForeignText.Clean(text, 300);

    private static DiagnosticException Error(string code, string message) => new(Diagnostic.Error(code, message));
}
