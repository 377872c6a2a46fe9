using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Lineage;
using ModelOps.Core.Tests;

namespace ModelOps.Pipeline.Tests.Packaging;

public sealed class ProvenanceStatementTests
{
    private const string SchemaFile = "schemas/in-toto-statement-slsa-provenance-v1.schema.json";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcdef01234567")]
    [InlineData("r1234 of a system that is not git")]
    public void A_statement_has_what_the_specifications_require(string? revision)
    {
        JsonNode json = Parse(Statement(revision));

        Assert.Equal("https://in-toto.io/Statement/v1", (string?)json["_type"]);
        Assert.Equal("https://slsa.dev/provenance/v1", (string?)json["predicateType"]);
        Assert.All(json["subject"]!.AsArray(), subject => Assert.Matches("^[0-9a-f]{64}$", (string?)subject!["digest"]!["sha256"]));
        Assert.NotNull(json["predicate"]!["buildDefinition"]!["externalParameters"]!["training"]);
        JsonNode? source = json["predicate"]!["buildDefinition"]!["resolvedDependencies"]!.AsArray().FirstOrDefault(d => (string?)d!["name"] == "source");
        Assert.Equal(string.IsNullOrEmpty(revision), source is null);
        Assert.True(source is null || (revision!.Length == 40) == (source["digest"]!["gitCommit"] is not null));
    }

    [FactIfShared(SchemaFile)]
    public void A_statement_is_valid_by_the_schema()
    {
        JsonElement schema = JsonDocument.Parse(File.ReadAllBytes(SharedCases.In(SchemaFile))).RootElement;
        foreach (string? revision in new[] { null, "0123456789abcdef0123456789abcdef01234567", "r1234" })
        {
            JsonElement statement = JsonDocument.Parse(Statement(revision)).RootElement;
            Assert.Empty(JsonSchemaSubset.Problems(schema, statement));
        }

        // The check can fail: what the schema forbids is found.
        Assert.NotEmpty(Broken(json => json["_type"] = "https://example.org"));
        Assert.NotEmpty(Broken(json => json["subject"] = new JsonArray()));
        Assert.NotEmpty(Broken(json => json["subject"]![0]!["digest"]!["sha256"] = "ABC"));
        Assert.NotEmpty(Broken(json => json["predicate"]!["runDetails"]!.AsObject().Remove("builder")));
        Assert.NotEmpty(Broken(json => json["predicate"]!["buildDefinition"]!["resolvedDependencies"]!.AsArray().Add(new JsonObject { ["name"] = "nothing else" })));

        IReadOnlyList<string> Broken(Action<JsonNode> change)
        {
            JsonNode json = Parse(Statement(null));
            change(json);
            return JsonSchemaSubset.Problems(schema, JsonDocument.Parse(json.ToJsonString()).RootElement);
        }
    }

    [Fact]
    public void Equal_facts_are_equal_bytes_on_one_line()
    {
        byte[] first = Statement("abc");

        Assert.Equal(first, Statement("abc"));
        string text = Encoding.UTF8.GetString(first);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Count(c => c == '\n'));
        Assert.DoesNotMatch(@"\d{4}-\d{2}-\d{2}T|" + System.Text.RegularExpressions.Regex.Escape(Environment.UserName) + "\"|/tmp/", text);
    }

    private static byte[] Statement(string? revision) => new ProvenanceStatement
    {
        Subjects = [("model/adapter_config.json", Digest.Of("a"u8)), ("model/adapter_model.safetensors", Digest.Of("b"u8))],
        ExternalParameters = new JsonObject { ["training"] = new JsonObject { ["LoraRank"] = 16, ["Prompt"] = "line\nand \"quote\"" } },
        ResolvedDependencies = [("base-model", Digest.Of("c"u8)), ("dataset/training", Digest.Of("d"u8))],
        SourceRevision = revision,
        BuilderVersion = "1.0.0",
    }.ToBytes();

    private static JsonNode Parse(byte[] bytes) => JsonNode.Parse(bytes)!;
}
