using System.Text.Json.Nodes;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Lineage;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops show</c> of a package: what it is, what its gates said, who signed it.</summary>
internal static class ShowPackage
{
    public static int Run(string path, bool json, Terminal terminal)
    {
        using var package = ModelPackage.Open(path);
        ModelManifest manifest = package.Manifest;
        JsonObject? predicate = package.Read(PackageEvidence.EvaluationResult) is { } bytes ? Statement.Parse(bytes).Predicate : null;
        SignatureBundle signatures = package.Signatures();
        if (json)
        {
            terminal.Out.WriteLine(JsonOutput.Of(new
            {
                verb = "show",
                package = package.FullPath,
                manifest = JsonNode.Parse(manifest.ToBytes()),
                evaluation = predicate,
                signatures = PackageText.Signatures(signatures),
            }));
            return ExitCode.Ok;
        }

        foreach (string line in Lines(manifest, predicate, signatures))
        {
            terminal.Out.WriteLine(line);
        }

        return ExitCode.Ok;
    }

    private static IEnumerable<string> Lines(ModelManifest manifest, JsonObject? predicate, SignatureBundle signatures)
    {
        yield return $"{PackageText.Of(new PackageIdentity(manifest.Id, manifest.Version))}  {manifest.Method ?? manifest.Kind}";
        yield return $"  licence     {ForeignText.Clean(manifest.License ?? "none")}";
        yield return $"  base model  {(manifest.Base is { } b ? PackageText.Of(b) + "  " : "")}{ForeignText.Clean(manifest.BaseDigest)}";
        if (manifest.TrainingKey is { } key)
        {
            yield return $"  key         {ForeignText.Clean(key)}";
            yield return $"  verdict     {ForeignText.Clean(manifest.Verdict ?? "none")}";
        }

        foreach (JsonNode? metric in predicate?["modelops_metrics"] as JsonArray ?? [])
        {
            yield return $"  {ForeignText.Clean((string?)metric?["name"]),-11} {Number(metric?["value"])} [{Number(metric?["lower"])}, {Number(metric?["upper"])}], {metric?["rows"]} rows";
        }

        foreach (string test in (predicate?["passedTests"] as JsonArray ?? []).Select(t => ForeignText.Clean(t?.ToString())))
        {
            yield return $"  passed      {test}";
        }

        yield return $"  files       {manifest.Files.Count}, {manifest.Files.Sum(f => f.Size)} bytes";
        yield return $"  signatures  {PackageText.Line(signatures)}";
    }

    private static string Number(JsonNode? node)
        => node is JsonValue value && value.TryGetValue(out double number) ? number.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture) : "unbounded";
}
