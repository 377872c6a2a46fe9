using System.CommandLine;
using ModelOps.Cli.Packages;
using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops audit</c>: what may hurt whoever uses the model packages of a project: a model that a provider retires, a licence, a base model with a later version.</summary>
internal static class AuditVerb
{
    public static Command Create(Terminal terminal)
    {
        var place = new Argument<string>("place") { Description = "A restored project, or a folder with .nupkg files.", DefaultValueFactory = _ => "." };
        var days = new Option<int>("--days") { Description = "How many days before a provider retires a model it is told.", HelpName = "n", DefaultValueFactory = _ => PackageAudit.DefaultDays };
        days.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int number) && number < 0)
            {
                result.AddError($"'--days {number}' is out of range; expected 0 or more.");
            }
        });
        var policy = new Option<string?>("--policy") { Description = $"Trust policy whose allowed licences count; default: {TrustPolicy.FileName} here or above, if there is one.", HelpName = "file" };
        var offline = new Option<bool>("--offline") { Description = "Do not ask the project's feeds for later versions." };
        var asJson = new Option<bool>("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };
        var command = new Command("audit", "Look for models that retire, missing or refused licences, and later versions of base models.") { place, days, policy, offline, asJson };
        command.SetAction(async (result, cancellation) =>
        {
            string where = result.GetRequiredValue(place);
            string[] paths = [.. PackageFinder.Find(where)];
            using TrustPolicy? trusted = TrustPolicyFile.Find(result.GetValue(policy)) is { } file ? TrustPolicy.Read(file) : null;
            var findings = paths.SelectMany(path => Check(path, result.GetValue(days), trusted)).ToList();
            if (!result.GetValue(offline) && ProjectOf(where) is { } project)
            {
                findings.AddRange(await LaterBasesAsync(project, paths, cancellation).ConfigureAwait(false));
            }

            return Report(paths, findings, result.GetValue(asJson), terminal);
        });
        return command;
    }

    /// <summary>Null for a folder that holds packages and no project: no feeds are known for it.</summary>
    private static string? ProjectOf(string place)
        => File.Exists(place) || Directory.EnumerateFiles(place, "*.csproj").Any() ? ModelProject.Find(place) : null;

    private static IEnumerable<Diagnostic> Check(string path, int days, TrustPolicy? policy)
    {
        using var package = ModelPackage.Open(path);
        ModelManifest manifest = package.Manifest;
        string file = ManifestFile(path);
        foreach (Diagnostic finding in PackageAudit.Check(manifest, file, DateOnly.FromDateTime(DateTime.UtcNow), days))
        {
            yield return finding;
        }

        if (manifest.License is { Length: > 0 } && policy is not null && PackageAudit.RefusedLicense(package.Folder, manifest, policy) is { } refused)
        {
            yield return refused with { Location = new SourceLocation(file) };
        }
    }

    private static async Task<IEnumerable<Diagnostic>> LaterBasesAsync(string project, string[] paths, CancellationToken cancellation)
    {
        var manifests = paths.Select(path =>
        {
            using var package = ModelPackage.Open(path);
            return (Path: path, package.Manifest);
        }).Where(entry => entry.Manifest.Base is { } identity && !ModelPackage.IsNumberedByContent(identity, entry.Manifest.BaseDigest)).ToList();
        if (manifests.Count == 0)
        {
            return [];
        }

        (IReadOnlyDictionary<string, string>? latest, string problem) = await AvailableVersions.OfAsync(project, cancellation).ConfigureAwait(false);
        return latest is null ? [CliErrors.FeedsNotAsked(project, problem)]
            : manifests.Where(entry => latest.ContainsKey(entry.Manifest.Base!.Id))
                .Select(entry => PackageAudit.NewerBase(entry.Manifest, latest[entry.Manifest.Base!.Id], ManifestFile(entry.Path)));
    }

    private static string ManifestFile(string path) => Path.Combine(path, "model", ModelManifest.FileName);

    private static int Report(string[] paths, List<Diagnostic> findings, bool json, Terminal terminal)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonOutput.Of(new { verb = "audit", packages = paths, diagnostics = findings.Select(JsonOutput.Diagnostic) }));
        }
        else
        {
            findings.ForEach(finding => terminal.Out.WriteLine(finding));
            terminal.Error.WriteLine($"{paths.Length} model package{(paths.Length == 1 ? "" : "s")}, {(findings.Count == 0 ? "nothing found" : $"{findings.Count} found")}");
        }

        return findings.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }
}
