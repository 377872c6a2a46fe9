using System.Globalization;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Runtime.Pointers;

/// <summary>Asking the model of a pointer package: <c>MOPS7160</c> to <c>MOPS7163</c>.</summary>
internal static class PointerErrors
{
    public static Diagnostic NoKey(string package, string provider, string variable) => Error("MOPS7160",
        $"Package {package} answers at {Clean(provider)}, and there is no key: the environment variable {variable} is not set. Set it where the app runs, or give ModelRuntimeOptions.ApiKey.");

    public static Diagnostic ForeignEndpoint(string package, ModelPointer pointer, string folder) => Error("MOPS7161",
        $"Package {package} says that it answers at '{Clean(pointer.Endpoint)}', which is not an address of {Clean(pointer.Provider)} that this version knows. No key is sent to where a package points; if you know the address, say so yourself: ModelRuntimeOptions.Endpoint, with ApiKey.",
        new SourceLocation(folder));

    public static Diagnostic Refused(string package, string provider, int status, string said) => Error("MOPS7162", string.Create(CultureInfo.InvariantCulture,
        $"{Clean(provider)} refuses the request to the model of package {package} with status {status}: {Clean(said)} Asking again would not help: look at the key, the account, and whether the model is still served ('dotnet modelops audit')."));

    public static Diagnostic NoAnswer(string package, string provider, string detail) => Error("MOPS7163",
        $"{Clean(provider)} did not give the answer of package {package}: {Clean(detail)}. It may pass; ask again later.");

    private static string Clean(string text) => ForeignText.Clean(text, 300);
}
