using ModelOps.Backends.Credentials;

namespace ModelOps.Backends.Trainers.Vertex;

/// <summary>A project and a location of Google Cloud. Neither is a secret, and neither is anybody's business: like the key they come from the environment.</summary>
internal sealed record VertexPlace(string Project, string Location)
{
    public const string ProjectVariable = "GOOGLE_CLOUD_PROJECT", LocationVariable = "GOOGLE_CLOUD_LOCATION";
    private const string Host = "aiplatform.googleapis.com";

    /// <summary><c>projects/…/locations/…</c>.</summary>
    public string Parent => $"projects/{Uri.EscapeDataString(Project)}/locations/{Uri.EscapeDataString(Location)}";

    /// <param name="url">Of the API: Google's own addresses name the location, a gateway's does not.</param>
    /// <param name="keyVariable">Variable with the path of the key file, which names the project where nothing else does.</param>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3138</c>: nothing says which, or two things say different ones.</exception>
    public static VertexPlace Of(Uri url, Func<string, string?> environment, string? keyVariable)
        => new(ProjectOf(environment, keyVariable), LocationOf(url, environment(LocationVariable)?.Trim() ?? ""));

    private static string LocationOf(Uri url, string said)
    {
        string? named = url.IdnHost.Equals(Host, StringComparison.OrdinalIgnoreCase) ? "global"
            : url.IdnHost.EndsWith($"-{Host}", StringComparison.OrdinalIgnoreCase) ? url.IdnHost[..^(Host.Length + 1)] : null;
        return named is null ? said.Length > 0 ? said : throw GoogleErrors.NoPlace($"The address '{url}' does not say which location of Google Cloud it is.", LocationVariable)
            : said.Length == 0 || said.Equals(named, StringComparison.OrdinalIgnoreCase) ? named
            : throw GoogleErrors.NoPlace($"{LocationVariable} is '{said}', and the address '{url}' is of '{named}'.", $"ModelOpsProviderUrl to https://{said}-{Host}/v1, or the variable to '{named}'");
    }

    private static string ProjectOf(Func<string, string?> environment, string? keyVariable)
    {
        if (environment(ProjectVariable)?.Trim() is { Length: > 0 } project)
        {
            return project;
        }

        if (keyVariable is null || environment(keyVariable)?.Trim() is not { Length: > 0 } path)
        {
            throw GoogleErrors.NoPlace("Nothing says which project of Google Cloud pays.", ProjectVariable);
        }

        using ServiceAccountKey key = ServiceAccountKey.Read(path, keyVariable);
        return key.Project ?? throw GoogleErrors.NoPlace("The key file does not say which project of Google Cloud pays.", ProjectVariable);
    }
}
