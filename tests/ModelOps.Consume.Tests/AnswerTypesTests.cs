using System.Reflection;
using System.Text.Json;
using ModelOps.Consume.EntryPoints;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;

namespace ModelOps.Consume.Tests;

/// <summary>Labels as enumerations, schemas as records: compiled by the real compiler, read from real JSON.</summary>
public sealed class AnswerTypesTests : IDisposable
{
    private const string Schema = """
        {
          "type": "object",
          "required": ["queue", "answer", "tags", "note"],
          "properties": {
            "queue": { "enum": ["billing", "sales & more", "Rückfrage"] },
            "answer": { "type": "string" },
            "urgency": { "type": "integer" },
            "score": { "type": ["number", "null"] },
            "final": { "type": "boolean" },
            "tags": { "type": "array", "items": { "type": "object", "properties": { "name": { "type": "string" }, "kind": { "enum": ["a", "b", null] } }, "required": ["name", "kind"] } },
            "note": { "anyOf": [{ "type": "string" }, { "type": "number" }] },
            "AnswerTagsItem": { "type": "array", "items": { "type": ["integer", "null"] } },
            "Clone": { "type": "object" }
          }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TheoryIfCompiler]
    [InlineData("12", "enable")]
    [InlineData("12", "disable")]
    [InlineData("13", "disable")]
    [InlineData("latest", "enable")]
    public void Every_language_version_from_dotnet_8_on_reads_answers(string languageVersion, string nullable)
    {
        string use = """
            internal static class Use
            {
                internal static string Read(string json)
                {
                    ModelPackages.Triage.Answer a = ModelPackages.Triage.Answer.Parse(json);
                    ModelPackages.Triage.QueueLabel queue = a.Queue;
                    string tags = string.Join(",", System.Linq.Enumerable.Select(a.Tags, t => t.Name + "/" + t.Kind));
                    string note = a.Note.GetRawText();
                    return $"{ModelPackages.Triage.Text(queue)}|{(int)queue}|{a.Answer_}|{a.Urgency}|{a.Score}|{a.Final}|{tags}|{note}|{a.AnswerTagsItem?.Count}|{a.Clone_?.ValueKind}";
                }
            }
            """;
        Assert.Equal("", Compiler.Compile(_folder, languageVersion, nullable, [Source(Triage(Schema)), use]));
        Assembly library = Compiler.Load(_folder);
        string Read(string json) => (string)library.GetType("Use")!.GetMethod("Read", BindingFlags.NonPublic | BindingFlags.Static)!.Invoke(null, [json])!;

        Assert.Equal("Rückfrage|3|yes|||||\"x\"||", Read("""{"queue":"Rückfrage","answer":"yes","tags":[],"note":"x"}"""));
        Assert.Equal("sales & more|2||7|0.5|True|t/B,u/|1e3|2|Object", Read("""
            {"queue":"sales & more","answer":"","urgency":7,"score":0.5,"final":true,"tags":[{"name":"t","kind":"b"},{"name":"u","kind":null}],"note":1e3,"AnswerTagsItem":[1,null],"Clone":{"x":1},"more":0}
            """));
        string[] wrong =
        [
            "", "null", "[]", "{}", """{"queue":"billing"}""", """{"queue":"bug","answer":"","tags":[],"note":0}""", """{"queue":"billing","answer":null,"tags":[],"note":0}""",
            """{"queue":"billing","answer":"","tags":null,"note":0}""", """{"queue":"billing","answer":"","tags":[{"name":"x"}],"note":0}""", """{"queue":"billing","answer":"","tags":[],"note":0,"urgency":1.5}""",
        ];
        Assert.All(wrong, json => Assert.Contains("schema of package Contoso.Triage", Assert.IsType<FormatException>(Assert.Throws<TargetInvocationException>(() => Read(json)).InnerException).Message, StringComparison.Ordinal));
    }

    [TheoryIfCompiler]
    [InlineData("latest")]
    public void A_label_that_disappears_breaks_the_compile_where_it_is_used(string languageVersion)
    {
        ModelManifest before = Labelled("billing", "needs triage", "bug", "日本", "a-b", "a_b");
        string names = Source(before);
        string hashed = names.Split('\n').First(line => line.Trim().StartsWith("AB_", StringComparison.Ordinal)).Trim().Split(' ')[0];
        string use = $$"""
            internal static class Use
            {
                internal static bool IsBug(string answer) => ModelPackages.Triage.TryParse(answer, out ModelPackages.Triage.Label label) && label == ModelPackages.Triage.Label.Bug;
                internal static readonly ModelPackages.Triage.Label[] Others = { ModelPackages.Triage.Label.NeedsTriage, ModelPackages.Triage.Label.日本, ModelPackages.Triage.Label.{{hashed}} };
            }
            """;

        Assert.Equal("", Compiler.Compile(_folder, languageVersion, names, use));
        MethodInfo isBug = Compiler.Load(_folder).GetType("Use")!.GetMethod("IsBug", BindingFlags.NonPublic | BindingFlags.Static)!;
        Assert.Equal([true, true, false, false], new[] { "bug", " bug\n", "Bug", "sales" }.Select(answer => (bool)isBug.Invoke(null, [answer])!));

        Assert.Contains("CS0117", Compiler.Compile(_folder, languageVersion, Source(Labelled("billing", "needs triage", "日本", "a-b", "a_b")), use), StringComparison.Ordinal);

        // The last of two labels that shared a name does not pass for the other.
        Assert.Contains("CS0117", Compiler.Compile(_folder, languageVersion, Source(Labelled("billing", "needs triage", "bug", "日本", "a_b")), use), StringComparison.Ordinal);
        Assert.Equal("", Compiler.Compile(_folder, languageVersion, Source(Labelled("added", "billing", "needs triage", "bug", "日本", "a-b", "a_b")), use));
    }

    [TheoryIfCompiler]
    [InlineData(400)]
    public void Whatever_labels_and_schemas_hold_the_source_compiles(int packages)
    {
        var random = new Random(7);
        string[] scraps =
        [
            "", " ", "a", "B", "3", "_", "-", ".", "class", "value__", "Answer", "Label", "Text", "Path", "Parse", "Equals", "ToString", "\"", "\\", "\n", "{", "}", "*/", "//", "#error", "ß", "é", "e\u0301", "ก็", "日", "\ud83d\ude00", "\ud83d", "\u2028", "\u200b", "@", "$",
        ];
        string Word() => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => scraps[random.Next(scraps.Length)]));
        string[] Words() => [.. Enumerable.Range(0, 1 + random.Next(6)).Select(_ => Word()).Distinct(StringComparer.Ordinal)];
        object Type(int depth) => random.Next(depth > 2 ? 5 : 7) switch
        {
            0 => new Dictionary<string, object?> { ["enum"] = Words() },
            1 => new Dictionary<string, object?> { ["type"] = new[] { "integer", "null" } },
            2 => new Dictionary<string, object?> { ["type"] = Word() },
            3 => new Dictionary<string, object?> { ["type"] = "boolean", ["const"] = true },
            4 => new Dictionary<string, object?> { ["type"] = "string" },
            5 => new Dictionary<string, object?> { ["type"] = random.Next(2) == 0 ? "array" : new[] { "null", "array" }, ["items"] = Type(depth + 1) },
            _ => new Dictionary<string, object?> { ["type"] = "object", ["properties"] = Words().ToDictionary(w => w, _ => Type(depth + 1)), ["required"] = Words() },
        };
        string schema = "", last = "";
        ModelManifest[] manifests = [.. Enumerable.Range(0, packages).Select(i =>
        {
            schema = JsonSerializer.Serialize(new Dictionary<string, object?> { ["type"] = "object", ["required"] = Words(), ["properties"] = Words().ToDictionary(w => w, _ => Type(0)) });
            last = i == 0 ? "Contoso.Answer" : i == 1 ? "Contoso.ReadAnswer" : i == 2 ? "Contoso.BLabel" : $"Contoso.P{i}";
            return Triage(schema) with { Id = last, Labels = Words().ToDictionary(w => w, _ => (IReadOnlyList<string>)Words()) };
        })];

        string source = EntryPointSource.Write("ModelPackages", manifests);

        Assert.Equal("", Compiler.Compile(_folder, "12", source));
        Assert.All(source, c => Assert.True(c is '\n' or (>= ' ' and <= '~')));
        Assert.Equal(source, EntryPointSource.Write("ModelPackages", manifests.Reverse()));
    }

    [Fact]
    public void Free_text_has_no_types_of_its_own()
    {
        string source = Source(Triage(null));

        Assert.DoesNotContain("enum", source, StringComparison.Ordinal);
        Assert.DoesNotContain("record", source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"\ud83d":{"type":"string"}}}""")]
    [InlineData("""{"type":"object","properties":{"a":{"enum":["\ud83d"]}}}""")]
    public void A_schema_that_holds_no_text_is_refused_by_code(string schema)
        => Assert.Equal("MOPS7004", Assert.Throws<DiagnosticException>(() => Source(Triage(schema))).Diagnostic.Code);

    private static string Source(ModelManifest manifest) => EntryPointSource.Write("ModelPackages", [manifest]);

    private static ModelManifest Labelled(params string[] labels) => Triage(null) with { Labels = new Dictionary<string, IReadOnlyList<string>> { [""] = labels } };

    private static ModelManifest Triage(string? schema) => new()
    {
        Id = "Contoso.Triage",
        Version = "1.0.0",
        Kind = ModelManifest.AdapterKind,
        BaseDigest = "sha256:" + new string('0', 64),
        Decoding = schema is null ? null : new DecodingOptions { JsonSchema = JsonDocument.Parse(schema).RootElement },
        Labels = new Dictionary<string, IReadOnlyList<string>>(),
        Files = [],
    };
}
