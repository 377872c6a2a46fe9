using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Lineage;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Training;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Pipeline.Packages;

/// <summary>Something that a package came from.</summary>
/// <param name="Kind"><c>package</c>, <c>base</c>, <c>data</c>, <c>made</c> (of rows: from what), <c>source</c>, <c>tool</c>, <c>cost</c> or <c>signatures</c>.</param>
/// <param name="Facts">What is known of it, by name.</param>
public sealed record LineageNode(string Kind, string Name, IReadOnlyDictionary<string, string> Facts, IReadOnlyList<LineageNode> From);

/// <summary>Where a package came from, as its own documents say: base model, data, commit, tools, and the packages behind it as far as they are at hand. Nothing of it is verified
/// here.</summary>
public static class LineageTree
{
    private const int Deepest = 20;

    public static LineageNode Of(ModelPackage package) => Of(package, "package", Deepest);

    private static LineageNode Of(ModelPackage package, string kind, int depth)
    {
        ModelManifest manifest = package.Manifest;
        Dictionary<string, string> facts = Facts(
            ("method", manifest.Method), ("verdict", manifest.Verdict), ("licence", manifest.License), ("identity", package.IsBase ? manifest.BaseDigest : null), ("trainingKey", manifest.TrainingKey));
        var from = new List<LineageNode>();
        JsonArray? resources = package.Read(PackageEvidence.Provenance) is { } bytes
            ? Statement.Parse(bytes).Predicate["buildDefinition"]?["resolvedDependencies"] as JsonArray : null;
        if (!package.IsBase)
        {
            from.Add(Base(package, resources, depth));
        }

        from.AddRange((resources ?? []).OfType<JsonObject>().Select(Resource).OfType<LineageNode>());
        if (package.Read($"lineage/{TrainingCost.FileName}") is { } told && TrainingCost.TryParse(told) is { } cost)
        {
            from.Add(new LineageNode("cost", cost.Trainer, Facts(
                ("charged", cost.Charged is { } charged ? FormattableString.Invariant($"{charged:0.00####} {cost.Currency} for {cost.ChargedTokens} tokens") : null),
                ("estimated", FormattableString.Invariant($"{cost.Estimated:0.00####} {cost.Currency} for {cost.EstimatedTokens} tokens")), ("price", FormattableString.Invariant($"of {cost.Priced:yyyy-MM-dd}"))), []));
        }

        if (package.Signatures() is { Statements.Count: > 0 } signatures)
        {
            from.Add(new LineageNode("signatures", string.Join(", ", signatures.Statements.Select(s => TrustPolicy.NameOf(s.Statement.PredicateType))), Facts(
                ("keys", string.Join(", ", signatures.Statements.SelectMany(s => s.Envelope.Signatures).Select(s => s.Keyid).Distinct()))), []));
        }

        return new LineageNode(kind, $"{manifest.Id} {manifest.Version}", facts, from);
    }

    private static LineageNode Base(ModelPackage package, JsonArray? resources, int depth)
    {
        if (depth > 0 && package.Manifest.Base is { } wanted && PackageNeighbours.Find(package, wanted) is { } path)
        {
            using var found = ModelPackage.Open(path);
            return Of(found, "base", depth - 1);
        }

        JsonNode? resource = resources?.FirstOrDefault(r => Text(r, "name") == ProvenanceStatement.BaseModel);
        string name = package.Manifest.Base is { } b ? $"{b.Id} {b.Version}" : "base model";
        return new LineageNode("base", name, Facts(("identity", package.Manifest.BaseDigest), ("licence", Text(resource?["annotations"], "license"))), []);
    }

    private static LineageNode? Resource(JsonObject resource)
    {
        string name = Text(resource, "name") ?? "";
        JsonNode? notes = resource["annotations"], digest = resource["digest"];
        return name switch
        {
            ProvenanceStatement.BaseModel => null,
            ProvenanceStatement.Source => new LineageNode("source", Text(digest, "gitCommit") ?? Text(digest, "revision") ?? "unknown", Facts(
                ("state", notes?["dirty"] is JsonValue dirty && dirty.TryGetValue(out bool changed) ? changed ? "an input differs from the commit" : "as committed" : null), ("uri", Text(resource, "uri"))), []),
            _ when name.StartsWith("dataset/", StringComparison.Ordinal) => new LineageNode("data", name["dataset/".Length..], Facts(
                ("rows", notes?["rows"]?.ToString()), ("digest", Text(digest, "sha256") is { } hex ? $"sha256:{hex}" : null),
                ("licences", string.Join(", ", (notes?["licenses"] as JsonArray ?? []).Select(l => l?.ToString())))), Made(notes)),
            _ => new LineageNode("tool", name, Facts(("uri", Text(resource, "uri"))), []),
        };
    }

    private static LineageNode[] Made(JsonNode? notes) => [.. (notes?["made"] as JsonArray ?? []).OfType<JsonObject>().Select(made => new LineageNode("made", Text(made, "kind") ?? "unknown", Facts(
        ("rows", made["rows"]?.ToString()), ("review", made["unreviewed"]?.ToString() is { } open and not "0" ? $"{open} not reviewed" : null), ("model", Text(made["model"], "name")),
        ("state", made["changedSince"] is null ? null : "changed by hand since"), ("provenance", Text(made, "provenance"))), []))];

    private static string? Text(JsonNode? node, string member) => (node as JsonObject)?[member] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static Dictionary<string, string> Facts(params (string Name, string? Value)[] facts)
        => facts.Where(f => !string.IsNullOrEmpty(f.Value)).ToDictionary(f => f.Name, f => f.Value!, StringComparer.Ordinal);
}
