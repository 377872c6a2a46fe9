using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Serve;

/// <summary>What keeps the server from starting: <c>MOPS7120</c> to <c>MOPS7139</c>.</summary>
internal static class ServeErrors
{
    public static DiagnosticException NoSuchPackage(string argument, string packages) => new(Error("MOPS7120",
        $"'{ForeignText.Clean(argument, 200)}' is no model package: no folder with modelops.json, no .nupkg, and no package of this id in {ForeignText.Clean(packages, 200)}. Name one of these; 'dotnet restore' of a project that references the package puts it there."));

    public static DiagnosticException UnsafeArchive(string file, string detail) => new(Error("MOPS7121",
        $"The package cannot be opened: {ForeignText.Clean(detail, 200)}. Nothing of it was used; take it from a feed you trust.", new SourceLocation(file)));

    public static DiagnosticException SameName(string name) => new(Error("MOPS7122",
        $"'{ForeignText.Clean(name, 200)}' was named twice. A model is chosen by its package's id and version, so name each version once."));

    public static DiagnosticException KeyNeeded(string host) => new(Error("MOPS7123",
        $"Listening on {ForeignText.Clean(host, 100)} lets other machines ask the model, and no API key protects it. Put a key into an environment variable and name that with --api-key-env, or listen on 127.0.0.1."));

    public static DiagnosticException CannotListen(string host, int port, string detail) => new(Error("MOPS7124",
        $"The server cannot listen on {ForeignText.Clean(host, 100)}, port {port}: {ForeignText.Clean(detail, 200)}. Choose another with --port, or 0 for any that is free."));

    public static DiagnosticException NoKey(string variable) => new(Error("MOPS7125",
        $"The environment variable {ForeignText.Clean(variable, 100)} is not set, empty, or holds a key that no HTTP header can carry. Set it to printable ASCII of at least 16 characters before starting the server."));
}
