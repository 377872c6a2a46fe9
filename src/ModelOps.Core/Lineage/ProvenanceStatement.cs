using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Lineage;

/// <summary>An in-toto Statement v1 with the SLSA Provenance v1 predicate: what was built, from what, by which builder.
/// Unsigned here; it holds no time stamp, no path and no user, so equal inputs give equal bytes.</summary>
/// <remarks>Formats: in-toto attestation framework, Statement v1 (<c>https://in-toto.io/Statement/v1</c>), SLSA v1 provenance (<c>https://slsa.dev/provenance/v1</c>).</remarks>
public sealed record ProvenanceStatement
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What was built: name and digest.</summary>
    public required IReadOnlyList<(string Name, Digest Digest)> Subjects { get; init; }

    /// <summary>What a person set: hyper-parameters, gates, versions.</summary>
    public required JsonObject ExternalParameters { get; init; }

    /// <summary>What went in: datasets, base model, prompts, each with its digest.</summary>
    public required IReadOnlyList<(string Name, Digest Digest)> ResolvedDependencies { get; init; }

    /// <summary>Git commit of the sources, or what another system calls their state, when known.</summary>
    public string? SourceRevision { get; init; }

    /// <summary>Version of the SDK that built it.</summary>
    public required string BuilderVersion { get; init; }

    /// <summary>One line of JSON with a final newline.</summary>
    public byte[] ToBytes()
    {
        var dependencies = new JsonArray([.. ResolvedDependencies.Select(d => (System.Text.Json.Nodes.JsonNode)Resource(d.Name, d.Digest))]);
        if (SourceRevision is { Length: > 0 })
        {
            dependencies.Add(new JsonObject { ["name"] = "source", ["digest"] = new JsonObject { [IsCommit(SourceRevision) ? "gitCommit" : "revision"] = SourceRevision } });
        }

        var statement = new JsonObject
        {
            ["_type"] = "https://in-toto.io/Statement/v1",
            ["subject"] = new JsonArray([.. Subjects.Select(s => (System.Text.Json.Nodes.JsonNode)Resource(s.Name, s.Digest))]),
            ["predicateType"] = "https://slsa.dev/provenance/v1",
            ["predicate"] = new JsonObject
            {
                ["buildDefinition"] = new JsonObject
                {
                    ["buildType"] = "urn:modelops:build:v1",
                    ["externalParameters"] = ExternalParameters.DeepClone(),
                    ["resolvedDependencies"] = dependencies,
                },
                ["runDetails"] = new JsonObject
                {
                    ["builder"] = new JsonObject
                    {
                        ["id"] = "urn:modelops:builder:sdk",
                        ["version"] = new JsonObject { ["ModelOps.Sdk"] = BuilderVersion },
                    },
                },
            },
        };
        return [.. JsonSerializer.SerializeToUtf8Bytes(statement, s_json), (byte)'\n'];
    }

    // A digest set takes names of one's own; `gitCommit` means 40 or 64 hexadecimal digits.
    private static bool IsCommit(string revision) => revision.Length is 40 or 64 && revision.All(char.IsAsciiHexDigitLower);

    private static JsonObject Resource(string name, Digest digest) => new()
    {
        ["name"] = name,
        ["digest"] = new JsonObject { ["sha256"] = digest.Hex },
    };
}
