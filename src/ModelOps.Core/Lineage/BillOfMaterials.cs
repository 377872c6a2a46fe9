using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Core.Lineage;

/// <summary>A set of rows in a bill of materials.</summary>
/// <param name="Name">For example <c>training</c>.</param>
/// <param name="Licenses">SPDX expressions; empty where the project says nothing.</param>
public sealed record BomDataset(string Name, Digest Digest, int Rows, IReadOnlyList<string> Licenses);

/// <summary>The base model in a bill of materials.</summary>
/// <param name="Package">The package that carries it; null where a package holds a whole model.</param>
/// <param name="License">SPDX expression, or the name of a licence file.</param>
public sealed record BomBase(PackageIdentity? Package, Digest Identity, string License);

/// <summary>A CycloneDX 1.7 bill of materials of a model (ML-BOM): the model with its card and metrics, the base model as its pedigree, datasets with their licences.
/// No time stamp and no random number, so equal facts give equal bytes.</summary>
/// <remarks>Format: <c>http://cyclonedx.org/schema/bom-1.7.schema.json</c>.</remarks>
public sealed record BillOfMaterials
{
    private const string ModelRef = "model";
    private const string BaseRef = "base-model";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required PackageIdentity Package { get; init; }

    public required string Description { get; init; }

    public required string License { get; init; }

    public required string Method { get; init; }

    /// <summary><c>model_type</c> of the base model, for example <c>llama</c>.</summary>
    public required string ArchitectureFamily { get; init; }

    public required BomBase Base { get; init; }

    public required IReadOnlyList<BomDataset> Datasets { get; init; }

    /// <summary>Files of the model.</summary>
    public required IReadOnlyList<StatementSubject> Files { get; init; }

    public required EvaluationReport Report { get; init; }

    public required string BuilderVersion { get; init; }

    /// <summary>Indented JSON with a final newline.</summary>
    public byte[] ToBytes()
    {
        JsonObject bom = Document(null);

        // The content's own number: the same content has the same one, and another content another.
        Span<char> hex = Digest.Of(JsonSerializer.SerializeToUtf8Bytes(bom, s_json)).Hex.AsSpan(0, 32).ToArray();
        hex[12] = '8'; // RFC 9562: version 8, made of a hash of one's own.
        hex[16] = 'a'; // RFC 9562: the variant.
        bom = Document($"urn:uuid:{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}");
        return [.. JsonSerializer.SerializeToUtf8Bytes(bom, s_json), (byte)'\n'];
    }

    private JsonObject Document(string? serialNumber)
    {
        var bom = new JsonObject { ["$schema"] = "http://cyclonedx.org/schema/bom-1.7.schema.json", ["bomFormat"] = "CycloneDX", ["specVersion"] = "1.7" };
        if (serialNumber is not null)
        {
            bom["serialNumber"] = serialNumber;
        }

        bom["version"] = 1;
        bom["metadata"] = new JsonObject
        {
            ["tools"] = new JsonObject { ["components"] = new JsonArray(new JsonObject { ["type"] = "application", ["name"] = "ModelOps.Sdk", ["version"] = BuilderVersion }) },
            ["component"] = Model(),
        };
        JsonObject @base = BaseComponent();
        @base["bom-ref"] = BaseRef;
        bom["components"] = new JsonArray([@base, .. Datasets.Select(d => (JsonNode)Dataset(d))]);
        bom["dependencies"] = new JsonArray(new JsonObject { ["ref"] = ModelRef, ["dependsOn"] = new JsonArray([BaseRef, .. Datasets.Select(d => (JsonNode)RefOf(d))]) });
        return bom;
    }

    private JsonObject Model() => new()
    {
        ["type"] = "machine-learning-model",
        ["bom-ref"] = ModelRef,
        ["name"] = Package.Id,
        ["version"] = Package.Version,
        ["description"] = Description,
        ["licenses"] = LicenseChoice([License]),
        ["purl"] = ReleaseStatement.PackageUrl(Package),
        ["components"] = new JsonArray([.. Files.Select(f => (JsonNode)new JsonObject { ["type"] = "file", ["name"] = f.Name, ["hashes"] = Hash(f.Digest) })]),
        ["pedigree"] = new JsonObject { ["ancestors"] = new JsonArray(BaseComponent()), ["notes"] = $"fine-tuned with {Method}" },
        ["modelCard"] = new JsonObject
        {
            ["modelParameters"] = new JsonObject
            {
                ["approach"] = new JsonObject { ["type"] = "supervised" },
                ["task"] = "text-generation",
                ["architectureFamily"] = ArchitectureFamily,
                ["datasets"] = new JsonArray([.. Datasets.Select(d => (JsonNode)new JsonObject { ["ref"] = RefOf(d) })]),
                ["inputs"] = new JsonArray(new JsonObject { ["format"] = "text" }),
                ["outputs"] = new JsonArray(new JsonObject { ["format"] = "text" }),
            },
            ["quantitativeAnalysis"] = new JsonObject { ["performanceMetrics"] = new JsonArray([.. Report.Candidate.Metrics.Select(m => (JsonNode)Metric(m))]) },
        },
    };

    private JsonObject BaseComponent()
    {
        var json = new JsonObject { ["type"] = "machine-learning-model", ["name"] = Base.Package?.Id ?? BaseRef };
        if (Base.Package is { } package)
        {
            json["version"] = package.Version;
            json["purl"] = ReleaseStatement.PackageUrl(package);
        }

        json["licenses"] = LicenseChoice([Base.License]);
        json["properties"] = Properties(("modelops:identity", Base.Identity.ToString()));
        return json;
    }

    private static JsonObject Dataset(BomDataset dataset)
    {
        var json = new JsonObject
        {
            ["type"] = "data",
            ["bom-ref"] = RefOf(dataset),
            ["name"] = dataset.Name,
            ["data"] = new JsonArray(new JsonObject { ["type"] = "dataset", ["name"] = dataset.Name }),
            ["properties"] = Properties(("modelops:identity", dataset.Digest.ToString()), ("modelops:rows", dataset.Rows.ToString(CultureInfo.InvariantCulture))),
        };
        if (dataset.Licenses.Count > 0)
        {
            json["licenses"] = LicenseChoice(dataset.Licenses);
        }

        return json;
    }

    private static JsonObject Metric(MetricValue metric)
    {
        var json = new JsonObject { ["type"] = metric.Spec.ToString(), ["value"] = Number(metric.Value) };
        if (double.IsFinite(metric.Interval.Lower) && double.IsFinite(metric.Interval.Upper))
        {
            json["confidenceInterval"] = new JsonObject { ["lowerBound"] = Number(metric.Interval.Lower), ["upperBound"] = Number(metric.Interval.Upper) };
        }

        return json;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string RefOf(BomDataset dataset) => $"dataset-{dataset.Name}";

    private static JsonArray Hash(Digest digest) => new(new JsonObject { ["alg"] = "SHA-256", ["content"] = digest.Hex });

    private static JsonArray Properties(params (string Name, string Value)[] properties)
        => new([.. properties.Select(p => (JsonNode)new JsonObject { ["name"] = p.Name, ["value"] = p.Value })]);

    // A list holds either one expression or licences by name; several expressions all hold at once.
    private static JsonArray LicenseChoice(IReadOnlyList<string> licenses)
    {
        bool expressions = licenses.All(l => SpdxExpression.TryParse(l) is not null);
        return expressions
            ? new JsonArray(new JsonObject { ["expression"] = licenses is [var one] ? one : string.Join(" AND ", licenses.Select(l => $"({l})")) })
            : new JsonArray([.. licenses.Select(l => (JsonNode)new JsonObject { ["license"] = new JsonObject { ["name"] = l } })]);
    }
}
