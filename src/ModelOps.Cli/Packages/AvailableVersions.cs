using System.Diagnostics;
using System.Text.Json;
using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Packages;

/// <summary>What the feeds of a project have beyond what it restored: asked of the SDK's own <c>dotnet list package --outdated</c>, with its sources, credentials and rules.</summary>
internal static class AvailableVersions
{
    /// <returns>The latest version of each package that is not up to date, by id; null and why where the feeds could not be asked.</returns>
    public static async Task<(IReadOnlyDictionary<string, string>? Latest, string Problem)> OfAsync(string project, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(DotnetHost.Path, ["list", project, "package", "--outdated", "--include-transitive", "--format", "json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Launch(start);
        await using CancellationTokenRegistration stopping = cancellation.Register(() => process.Kill(entireProcessTree: true));
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        string output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None).ConfigureAwait(false);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0 && Parse(output) is { } latest ? (latest, "") : (null, (await error.ConfigureAwait(false)).Trim() is { Length: > 0 } said ? said : output.Trim());
    }

    /// <summary>Null when it is no list.</summary>
    internal static IReadOnlyDictionary<string, string>? Parse(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            var latest = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (JsonElement package in Items(document.RootElement, "projects").SelectMany(p => Items(p, "frameworks"))
                .SelectMany(f => Items(f, "topLevelPackages").Concat(Items(f, "transitivePackages"))))
            {
                // Where no source knows the package there is a word instead of a version.
                if (package.GetProperty("latestVersion").GetString() is { Length: > 0 } version && char.IsAsciiDigit(version[0]))
                {
                    latest[package.GetProperty("id").GetString()!] = version;
                }
            }

            return latest;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static IEnumerable<JsonElement> Items(JsonElement json, string name)
        => json.TryGetProperty(name, out JsonElement items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];

    private static Process Launch(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new DiagnosticException(CliErrors.NoDotnet(start.FileName, failure), failure);
        }
    }
}
