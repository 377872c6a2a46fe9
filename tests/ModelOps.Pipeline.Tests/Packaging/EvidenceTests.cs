using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Lineage;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Core.Tests;
using ModelOps.Pipeline.Packages;
using ModelOps.Pipeline.Packaging;
using ModelOps.Pipeline.Tests.Packages;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Pipeline.Tests.Packaging;

/// <summary>The documents inside a package: by their published schemas, and by what they say.</summary>
public sealed class EvidenceTests
{
    private const string Schemas = "schemas";
    private const string StatementSchema = "in-toto-statement-slsa-provenance-v1.schema.json";
    private const string BomSchema = "bom-1.7.schema.json";

    [Fact]
    public void Provenance_names_the_base_the_data_the_tools_and_the_commit()
    {
        using var model = new PackedModel(new SourceState(PackedModel.Commit, Dirty: true, "https://example.org/triage"));
        JsonNode json = Read(model, PackageEvidence.Provenance);

        JsonNode[] resources = [.. json["predicate"]!["buildDefinition"]!["resolvedDependencies"]!.AsArray()!];
        JsonNode Of(string name) => resources.Single(r => (string?)r["name"] == name);
        Assert.Equal(model.Facts.BaseModel.Digest.Hex, (string?)Of("base-model")["digest"]!["sha256"]);
        Assert.StartsWith("pkg:nuget/BaseModel.tiny@1.0.", (string?)Of("base-model")["uri"], StringComparison.Ordinal);
        Assert.Equal((30, "CC-BY-4.0"), ((int)Of("dataset/training")["annotations"]!["rows"]!, (string?)Of("dataset/training")["annotations"]!["licenses"]![0]));
        Assert.Equal("pkg:nuget/ModelOps.Sdk@1.0.0", (string?)Of("ModelOps.Sdk")["uri"]);
        Assert.Equal(
            (PackedModel.Commit, true, "git+https://example.org/triage"),
            ((string?)Of("source")["digest"]!["gitCommit"], (bool)Of("source")["annotations"]!["dirty"]!, (string?)Of("source")["uri"]));
        JsonNode given = json["predicate"]!["buildDefinition"]!["externalParameters"]!;
        Assert.Equal((0.001, "1.2.0"), ((double)given["training"]!["learningRate"]!, (string?)given["package"]!["version"]));
        Assert.Equal(["model/adapter_config.json", "model/adapter_model.safetensors", "model/parity.jsonl"], json["subject"]!.AsArray().Select(s => (string?)s!["name"]));
    }

    [Fact]
    public void Provenance_says_how_rows_were_made_and_names_no_person_or_server()
    {
        using var model = new PackedModel(made: true);
        using var other = new PackedModel();
        JsonNode data = Read(model, PackageEvidence.Provenance)["predicate"]!["buildDefinition"]!["resolvedDependencies"]!.AsArray().Single(r => (string?)r!["name"] == "dataset/training")!;
        JsonNode made = data["annotations"]!["made"]![0]!;

        Assert.Equal(("drafts", 30, 4, "large"), ((string?)made["kind"], (int)made["rows"]!, (int)made["unreviewed"]!, (string?)made["model"]!["name"]));
        Assert.Null(made["changedSince"]);
        Assert.DoesNotMatch("ann\\b|contoso\\.example|train\\.jsonl", made.ToJsonString());
        using var package = ModelPackage.Open(model.Archive);
        LineageNode node = Assert.Single(LineageTree.Of(package).From.Single(n => n.Kind == "data").From);
        Assert.Equal(("made", "drafts", "4 not reviewed", "large"), (node.Kind, node.Name, node.Facts["review"], node.Facts["model"]));
        Assert.NotEqual(
            PackageKey.Of(model.Facts.Verdict.GateKey, null, model.Facts.Dataset, model.Facts.Says).Key, PackageKey.Of(other.Facts.Verdict.GateKey, null, other.Facts.Dataset, other.Facts.Says).Key);

        var log = new TestLog();
        model.Facts.Says.WarnOfUnreviewed("p.csproj", log);
        other.Facts.Says.WarnOfUnreviewed("p.csproj", log);
        Assert.Equal(["MOPS1162"], log.Codes);

        // Rows that a person changed are no longer what was made.
        string rows = model.Write("data/train.jsonl", "{}\n");
        Assert.True(Assert.Single(MadeData.Of([TestInputs.Data(rows)])).IsChanged);
    }

    [Fact]
    public void The_evaluation_statement_has_gates_intervals_and_verdict()
    {
        using var model = new PackedModel();
        JsonNode predicate = Read(model, PackageEvidence.EvaluationResult)["predicate"]!;

        Assert.Equal("PASSED", (string?)predicate["result"]);
        Assert.Equal(["ExactMatch Minimum 0.80", "ExactMatch MinimumGain 0.10"], predicate["passedTests"]!.AsArray().Select(t => (string?)t));
        Assert.Empty(predicate["failedTests"]!.AsArray());
        JsonNode gate = predicate[EvaluationStatement.VerdictMember]!["gates"]![0]!;
        Assert.True((double)gate["lower"]! >= 0.8 && (double)gate["upper"]! <= 1);
        Assert.Equal(["ExactMatch", "MacroF1"], predicate["modelops_metrics"]!.AsArray().Select(m => (string?)m!["name"]));
    }

    [FactIfShared(Schemas)]
    public void Statements_are_valid_by_their_schema()
    {
        var schemas = new JsonSchemaSubset(SharedCases.In(Schemas));
        foreach (SourceState source in (SourceState[])[new(""), new("r1234"), new(PackedModel.Commit), new(PackedModel.Commit, true, "https://example.org")])
        {
            using var model = new PackedModel(source);
            foreach (string file in PackageEvidence.Statements)
            {
                Assert.Empty(schemas.Problems(StatementSchema, JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model.Content, file))).RootElement));
            }
        }

        // The check can fail: what the schema forbids is found.
        Assert.NotEmpty(Broken(json => json["_type"] = "https://example.org"));
        Assert.NotEmpty(Broken(json => json["subject"] = new JsonArray()));
        Assert.NotEmpty(Broken(json => json["subject"]![0]!["digest"]!["sha256"] = "ABC"));
        Assert.NotEmpty(Broken(json => json["predicate"]!["runDetails"]!.AsObject().Remove("builder")));
        Assert.NotEmpty(Broken(json => json["predicate"]!["buildDefinition"]!["resolvedDependencies"]!.AsArray().Add(new JsonObject { ["name"] = "nothing else" })));

        IReadOnlyList<string> Broken(Action<JsonNode> change)
        {
            using var model = new PackedModel();
            JsonNode json = Read(model, PackageEvidence.Provenance);
            change(json);
            return schemas.Problems(StatementSchema, JsonDocument.Parse(json.ToJsonString()).RootElement);
        }
    }

    [FactIfShared(Schemas)]
    public void Envelopes_are_valid_by_their_schema()
    {
        using var model = new PackedModel();
        model.Sign();
        var schemas = new JsonSchemaSubset(SharedCases.In(Schemas));
        RestoredPackage restored = model.Restore()[0];

        string[] lines = File.ReadAllLines(Path.Combine(restored.Root, SignatureBundle.Path));

        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Empty(schemas.Problems("dsse-envelope.schema.json", JsonDocument.Parse(line).RootElement)));
        Assert.NotEmpty(schemas.Problems("dsse-envelope.schema.json", JsonDocument.Parse("""{"payload":"e30=","payloadType":"x","signatures":[]}""").RootElement));
    }

    [FactIfShared(Schemas + "/cyclonedx")]
    public void The_bill_of_materials_is_valid_by_the_newest_schema_and_the_check_agrees_with_its_makers_examples()
    {
        var schemas = new JsonSchemaSubset(SharedCases.In(Schemas + "/cyclonedx"));
        foreach (string example in Directory.GetFiles(SharedCases.In(Schemas + "/cyclonedx/examples/1.7"), "*.json"))
        {
            JsonElement document = JsonDocument.Parse(File.ReadAllBytes(example)).RootElement;
            bool valid = schemas.Problems(BomSchema, document) is not [var first, ..];
            Assert.True(valid == Path.GetFileName(example).StartsWith("valid-", StringComparison.Ordinal), $"{Path.GetFileName(example)}: {string.Join("; ", schemas.Problems(BomSchema, document).Take(3))}");
        }

        foreach (string license in (string[])["MIT", "MIT OR (Apache-2.0 AND CC-BY-4.0)", "licences/OURS.txt"])
        {
            using var model = new PackedModel(license: license);
            Assert.Empty(schemas.Problems(BomSchema, JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model.Content, PackageEvidence.BillOfMaterials))).RootElement));
        }

        using var whole = new PackedModel(whole: true);
        Assert.Empty(schemas.Problems(BomSchema, JsonDocument.Parse(File.ReadAllBytes(Path.Combine(whole.Content, PackageEvidence.BillOfMaterials))).RootElement));
    }

    [Fact]
    public void The_bill_of_materials_has_pedigree_datasets_with_licences_and_metrics()
    {
        using var model = new PackedModel();
        JsonNode bom = Read(model, PackageEvidence.BillOfMaterials);

        JsonNode component = bom["metadata"]!["component"]!;
        Assert.Equal(("machine-learning-model", "Contoso.Triage", "MIT"), ((string?)component["type"], (string?)component["name"], (string?)component["licenses"]![0]!["expression"]));
        JsonNode ancestor = component["pedigree"]!["ancestors"]![0]!;
        Assert.Equal(("BaseModel.tiny", "Apache-2.0"), ((string?)ancestor["name"], (string?)ancestor["licenses"]![0]!["expression"]));
        Assert.Equal(model.Facts.BaseModel.Digest.ToString(), (string?)ancestor["properties"]![0]!["value"]);
        JsonNode data = bom["components"]!.AsArray().Single(c => (string?)c!["type"] == "data")!;
        Assert.Equal(("training", "CC-BY-4.0"), ((string?)data["name"], (string?)data["licenses"]![0]!["expression"]));
        Assert.Equal((string?)data["bom-ref"], (string?)component["modelCard"]!["modelParameters"]!["datasets"]![0]!["ref"]);
        JsonNode metric = component["modelCard"]!["quantitativeAnalysis"]!["performanceMetrics"]![0]!;
        Assert.Equal("ExactMatch", (string?)metric["type"]);
        Assert.NotNull(metric["confidenceInterval"]!["lowerBound"]);
        Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$", (string?)bom["serialNumber"]);
    }

    [Fact]
    public void Equal_facts_are_equal_bytes_and_name_no_place_or_time()
    {
        using var one = new PackedModel();
        using var two = new PackedModel();
        using var dirty = new PackedModel(new SourceState(PackedModel.Commit, Dirty: true));
        string[] files = [.. Directory.EnumerateFiles(one.Content, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(one.Content, f))];

        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(one.Content, file)), File.ReadAllBytes(Path.Combine(two.Content, file))));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(one.Content, PackageEvidence.Provenance)), File.ReadAllBytes(Path.Combine(dirty.Content, PackageEvidence.Provenance)));
        Assert.NotEqual(
            PackageKey.Of(one.Facts.Verdict.GateKey, null, one.Facts.Dataset, one.Facts.Says).Key,
            PackageKey.Of(dirty.Facts.Verdict.GateKey, null, dirty.Facts.Dataset, dirty.Facts.Says).Key);
        foreach (string file in files)
        {
            Assert.DoesNotMatch(
                @"\d{4}-\d{2}-\d{2}T\d|" + System.Text.RegularExpressions.Regex.Escape(Path.GetTempPath()) + "|" + System.Text.RegularExpressions.Regex.Escape(Environment.MachineName),
                Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(one.Content, file))));
        }
    }

    [Theory]
    [InlineData("MIT", "license: \"mit\"", null)]
    [InlineData("GPL-3.0-or-later", "license: \"gpl-3.0\"", null)]
    [InlineData("LicenseRef-Contoso", "license: \"other\"", "license_name: \"licenseref-contoso\"")]
    [InlineData("MIT OR Apache-2.0", "license: \"other\"", "license_name: \"mit-or-apache-2.0\"")]
    public void The_model_card_begins_with_what_the_hub_reads(string license, string line, string? more)
    {
        using var model = new PackedModel(license: license);

        string[] card = File.ReadAllLines(Path.Combine(model.Content, "report", "README.md"));

        Assert.Equal("---", card[0]);
        string[] head = card[1..Array.IndexOf(card, "---", 1)];
        Assert.Contains(line, head);
        Assert.True(more is null || head.Contains(more));
        Assert.Superset(new HashSet<string> { "library_name: \"peft\"", "pipeline_tag: \"text-generation\"", "- \"lora\"", "    - type: \"exact_match\"" }, head.ToHashSet());
        Assert.DoesNotContain(head, l => l.StartsWith("base_model", StringComparison.Ordinal));
        Assert.Contains("# Contoso.Triage 1.2.0", card);
    }

    private static JsonNode Read(PackedModel model, string file) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(model.Content, file)))!;
}
