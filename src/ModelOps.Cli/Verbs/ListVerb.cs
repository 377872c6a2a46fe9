using System.CommandLine;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops list</c>: the model packages that a project restored, or that lie in a folder.</summary>
internal static class ListVerb
{
    private sealed record Entry(string Path, ModelManifest Manifest, SignatureBundle Signatures);

    public static Command Create(Terminal terminal)
    {
        var place = new Argument<string>("place") { Description = "A restored project, or a folder with .nupkg files.", DefaultValueFactory = _ => "." };
        var asJson = new Option<bool>("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };
        var command = new Command("list", "List the model packages that a project restored, or that lie in a folder.") { place, asJson };
        command.SetAction(result =>
        {
            Entry[] entries = [.. PackageFinder.Find(result.GetRequiredValue(place)).Select(Read)];
            if (result.GetValue(asJson))
            {
                terminal.Out.WriteLine(JsonOutput.Of(new { verb = "list", packages = entries.Select(Json) }));
                return ExitCode.Ok;
            }

            foreach (Entry entry in entries)
            {
                ModelManifest m = entry.Manifest;
                string signed = entry.Signatures.Statements.Count > 0 ? "signed" : "unsigned";
                terminal.Out.WriteLine($"{PackageText.Of(new PackageIdentity(m.Id, m.Version))}  {m.Method ?? m.Kind}, {ForeignText.Clean(m.Verdict ?? "no gates")}, {ForeignText.Clean(m.License ?? "no licence")}, {signed}");
            }

            terminal.Error.WriteLine($"{entries.Length} model package{(entries.Length == 1 ? "" : "s")}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Entry Read(string path)
    {
        using var package = ModelPackage.Open(path);
        return new Entry(path, package.Manifest, package.Signatures());
    }

    private static object Json(Entry entry) => new
    {
        id = entry.Manifest.Id,
        version = entry.Manifest.Version,
        kind = entry.Manifest.Kind,
        method = entry.Manifest.Method,
        verdict = entry.Manifest.Verdict,
        license = entry.Manifest.License,
        baseDigest = entry.Manifest.BaseDigest,
        @base = entry.Manifest.Base,
        signatures = PackageText.Signatures(entry.Signatures),
        path = entry.Path,
    };
}
