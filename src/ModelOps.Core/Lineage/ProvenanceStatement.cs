using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Core.Lineage;

/// <summary>Something that went into a build.</summary>
/// <param name="Digest">Of its content; null where only <paramref name="Uri"/> says which one it was.</param>
/// <param name="Uri">For example <c>pkg:nuget/ModelOps.Sdk@1.0.0</c>.</param>
/// <param name="Annotations">What else is known of it.</param>
public sealed record ResolvedResource(string Name, Digest? Digest, string? Uri = null, JsonObject? Annotations = null)
{
    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["name"] = Name };
        if (Uri is not null)
        {
            json["uri"] = Uri;
        }

        if (Digest is { } digest)
        {
            json["digest"] = new JsonObject { ["sha256"] = digest.Hex };
        }

        if (Annotations is not null)
        {
            json["annotations"] = Annotations.DeepClone();
        }

        return json;
    }
}

/// <summary>The state of the sources.</summary>
/// <param name="Revision">Git commit, or what another system calls the state.</param>
/// <param name="Dirty">Whether an input of the build differs from that commit; null where nobody could tell.</param>
/// <param name="Repository">Address that the project publishes; null when it publishes none.</param>
public sealed record SourceState(string Revision, bool? Dirty = null, string? Repository = null);

/// <summary>SLSA Provenance v1: what was built, from what, by which builder.
/// It holds no time stamp, no path and no user, so equal inputs give equal bytes.</summary>
/// <remarks>Format: <c>https://slsa.dev/provenance/v1</c>.</remarks>
public sealed record ProvenanceStatement
{
    public const string PredicateType = "https://slsa.dev/provenance/v1";

    /// <summary>Name of the resource that is the base model.</summary>
    public const string BaseModel = "base-model";

    /// <summary>Name of the resource that is the source repository.</summary>
    public const string Source = "source";

    public required IReadOnlyList<StatementSubject> Subjects { get; init; }

    /// <summary>What a person set: hyper-parameters, gates, versions. Keys and tokens are no part of any of them.</summary>
    public required JsonObject ExternalParameters { get; init; }

    /// <summary>What went in: datasets, base model, tools.</summary>
    public required IReadOnlyList<ResolvedResource> ResolvedDependencies { get; init; }

    /// <summary>Null when the sources are under no version control that was asked.</summary>
    public SourceState? Sources { get; init; }

    /// <summary>Version of the SDK that built it.</summary>
    public required string BuilderVersion { get; init; }

    public Statement ToStatement() => new(Subjects, PredicateType, new JsonObject
    {
        ["buildDefinition"] = new JsonObject
        {
            ["buildType"] = "urn:modelops:build:v1",
            ["externalParameters"] = ExternalParameters.DeepClone(),
            ["resolvedDependencies"] = new JsonArray([.. ResolvedDependencies.Select(d => (JsonNode)d.ToJson()), .. Sources is { Revision.Length: > 0 } s ? [SourceResource(s)] : Array.Empty<JsonNode>()]),
        },
        ["runDetails"] = new JsonObject
        {
            ["builder"] = new JsonObject
            {
                ["id"] = "urn:modelops:builder:sdk",
                ["version"] = new JsonObject { ["ModelOps.Sdk"] = BuilderVersion },
            },
        },
    });

    private static JsonObject SourceResource(SourceState source)
    {
        var json = new JsonObject { ["name"] = Source };
        if (source.Repository is { Length: > 0 } repository)
        {
            json["uri"] = $"git+{repository}";
        }

        json["digest"] = new JsonObject { [IsCommit(source.Revision) ? "gitCommit" : "revision"] = source.Revision };
        if (source.Dirty is { } dirty)
        {
            json["annotations"] = new JsonObject { ["dirty"] = dirty };
        }

        return json;
    }

    // A digest set takes names of one's own; `gitCommit` means 40 or 64 hexadecimal digits.
    private static bool IsCommit(string revision) => revision.Length is 40 or 64 && revision.All(char.IsAsciiHexDigitLower);
}
