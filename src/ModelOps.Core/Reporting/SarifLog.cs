using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Reporting;

/// <summary>One finding of a stage.</summary>
public sealed record SarifFinding(string Stage, Diagnostic Diagnostic);

/// <summary>
/// Data problems, missed gates and warnings as SARIF 2.1.0 (OASIS). One run, whose results carry their stage: a stage that runs again replaces its own findings and
/// those of the stages after it, and leaves those of stages that were up to date.
/// </summary>
public static class SarifLog
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
    private const string Root = "ROOT";
    private const string Fingerprint = "modelops/v1";

    /// <param name="root">Absolute folder that places are relative to: the repository's, so that its viewer finds them.</param>
    public static byte[] Write(IReadOnlyList<SarifFinding> findings, string root)
    {
        string[] rules = [.. findings.Select(f => f.Diagnostic.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", Schema);
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            WriteTool(json, rules);
            json.WriteStartObject("originalUriBaseIds");
            json.WriteStartObject(Root);
            json.WriteStartObject("description");
            json.WriteString("text", "The folder of the repository, or of the project where there is none.");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteString("columnKind", "utf16CodeUnits");
            json.Array("results", findings, finding => WriteResult(json, finding, Array.IndexOf(rules, finding.Diagnostic.Code), root));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>The findings of a file that <see cref="Write"/> wrote; none of a file that is missing or not ours.</summary>
    public static IReadOnlyList<SarifFinding> Read(string path, string root)
    {
        try
        {
            if (!File.Exists(path))
            {
                return [];
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. document.RootElement.Array("runs").SelectMany(run => run.Array("results")).Select(result => ReadResult(result, root))];
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            return [];
        }
    }

    private static void WriteTool(Utf8JsonWriter json, string[] rules)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "ModelOps");
        json.Array("rules", rules, code =>
        {
            json.WriteString("id", code);
            Text(json, "shortDescription", $"{code}: {Area(code)}");
            Text(json, "help", $"docs/errors/{code}.md of ModelOps says what happened and what to do.");
        });
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, SarifFinding finding, int rule, string root)
    {
        Diagnostic diagnostic = finding.Diagnostic;
        string? uri = diagnostic.Location is { File.Length: > 0 } at ? Uri(Path.GetRelativePath(root, Path.GetFullPath(at.File, root))) : null;
        json.WriteString("ruleId", diagnostic.Code);
        json.WriteNumber("ruleIndex", rule);
        json.WriteString("level", diagnostic.Severity switch { DiagnosticSeverity.Error => "error", DiagnosticSeverity.Warning => "warning", _ => "note" });
        Text(json, "message", diagnostic.Message);
        if (uri is not null)
        {
            json.Array("locations", [diagnostic.Location!.Value], place => WritePlace(json, uri, place));
        }

        json.WriteStartObject("partialFingerprints");
        json.WriteString(Fingerprint, Digest.Of(Encoding.UTF8.GetBytes($"{diagnostic.Code}\n{uri}\n{diagnostic.Message}")).Hex[..32]);
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteString("stage", finding.Stage);
        json.WriteEndObject();
    }

    private static void WritePlace(Utf8JsonWriter json, string uri, SourceLocation place)
    {
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", uri);
        json.WriteString("uriBaseId", Root);
        json.WriteEndObject();
        if (place.Line > 0)
        {
            json.WriteStartObject("region");
            json.WriteNumber("startLine", place.Line);
            if (place.Column > 0)
            {
                json.WriteNumber("startColumn", place.Column);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static SarifFinding ReadResult(JsonElement result, string root)
    {
        DiagnosticSeverity severity = result.String("level") switch { "error" => DiagnosticSeverity.Error, "warning" => DiagnosticSeverity.Warning, _ => DiagnosticSeverity.Info };
        SourceLocation? place = null;
        if (result.Optional("locations") is { } locations && locations.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } first)
        {
            JsonElement physical = first.Object("physicalLocation");
            string relative = System.Uri.UnescapeDataString(physical.Object("artifactLocation").String("uri"));
            JsonElement? region = physical.Optional("region");
            place = new SourceLocation(
                Path.GetFullPath(relative, root), region?.Int("startLine") ?? 0, region is { } r && r.Optional("startColumn") is not null ? r.Int("startColumn") : 0);
        }

        var diagnostic = new Diagnostic(result.String("ruleId"), severity, result.Object("message").String("text"), place);
        return new SarifFinding(result.Object("properties").String("stage"), diagnostic);
    }

    private static void Text(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static string Uri(string path) => string.Join('/', path.Replace('\\', '/').Split('/').Select(System.Uri.EscapeDataString));

    private static string Area(string code) => code.Length > 4 ? code[4] switch
    {
        '1' => "data",
        '2' => "project and configuration",
        '3' => "training",
        '4' => "evaluation",
        '5' => "gates",
        '6' => "package",
        '7' => "restore and consume",
        _ => "host",
    } : "other";
}
