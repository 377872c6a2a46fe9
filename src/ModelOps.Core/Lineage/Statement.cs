using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using ModelOps.Core.Artifacts;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Core.Lineage;

/// <summary>What a statement speaks of: a file of the package and its digest.</summary>
public sealed record StatementSubject(string Name, Digest Digest);

/// <summary>An in-toto Statement v1: what a predicate says about files. Equal facts give equal bytes.</summary>
/// <remarks>Format: in-toto attestation framework, Statement v1 (<c>https://in-toto.io/Statement/v1</c>).</remarks>
public sealed record Statement(IReadOnlyList<StatementSubject> Subjects, string PredicateType, JsonObject Predicate)
{
    public const string Type = "https://in-toto.io/Statement/v1";

    /// <summary>What a DSSE envelope calls a statement.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One line of JSON with a final newline.</summary>
    public byte[] ToBytes() =>
    [
        .. JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["_type"] = Type,
                ["subject"] = new JsonArray([.. Subjects.Select(s => (JsonNode)Resource(s.Name, s.Digest))]),
                ["predicateType"] = PredicateType,
                ["predicate"] = Predicate.DeepClone(),
            },
            s_json),
        (byte)'\n',
    ];

    /// <exception cref="FormatException">No statement, or one whose subjects have no SHA-256.</exception>
    public static Statement Parse(ReadOnlySpan<byte> utf8)
    {
        // Nodes read their text late; what is no UTF-8 has to be refused before.
        if (!Utf8.IsValid(utf8))
        {
            throw new FormatException("it is no UTF-8");
        }

        try
        {
            JsonNode? json = JsonNode.Parse(utf8, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
            return (string?)json?["_type"] == Type && json["subject"] is JsonArray { Count: > 0 } subjects && (string?)json["predicateType"] is { } type && json["predicate"] is JsonObject predicate
                ? new Statement([.. subjects.Select(Subject)], type, (JsonObject)predicate.DeepClone())
                : throw new FormatException("it is no in-toto Statement v1");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"it is no JSON of a statement: {e.Message}", e);
        }
    }

    internal static JsonObject Resource(string name, Digest digest) => new() { ["name"] = name, ["digest"] = new JsonObject { ["sha256"] = digest.Hex } };

    private static StatementSubject Subject(JsonNode? json)
        => (string?)json?["name"] is { } name && Digest.TryParse("sha256:" + (string?)json["digest"]?["sha256"], out Digest digest)
            ? new StatementSubject(name, digest) : throw new FormatException("a subject lacks name or sha256");
}
