using System.Text;
using System.Text.Json.Nodes;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;

namespace ModelOps.Consume.Tests;

public sealed class ModelManifestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File_ => _folder["modelops.json"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        ModelManifest manifest = Adapter() with
        {
            SystemPrompt = "Sag \"ja\", oder\n…nicht.",
            Decoding = new DecodingOptions { MaxNewTokens = 7, Stop = ["\n"] },
            License = "MIT",
            TrainingKey = "sha256:" + new string('a', 64),
            Verdict = "passed",
        };
        File.WriteAllBytes(File_, manifest.ToBytes());

        ModelManifest read = ModelManifest.Read(File_);

        Assert.Equal(manifest.ToBytes(), read.ToBytes());
        Assert.Equal(manifest.SystemPrompt, read.SystemPrompt);
        Assert.Equal(["\n"], read.Decoding!.Stop);
        File.WriteAllBytes(File_, (manifest with { Method = "qlora" }).ToBytes());
        Assert.Equal("qlora", ModelManifest.Read(File_).Method);
        Assert.Equal(manifest.Files, read.Files);
        string text = Encoding.UTF8.GetString(manifest.ToBytes());
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format", "2", "format 2")]
    [InlineData("format", "\"1\"", "format")]
    [InlineData("unheardOf", "1", "unheardOf")]
    [InlineData("kind", "\"banana\"", "banana")]
    [InlineData("kind", "\"base\"", "do not go together")]
    [InlineData("method", "\"full\"", "do not go together")]
    [InlineData("method", "\"qlorax\"", "do not go together")]
    [InlineData("base", "null", "do not go together")]
    [InlineData("base", """{"id":"B"}""", "version")]
    [InlineData("id", "null", "id")]
    [InlineData("files", """[{"digest":"sha256:00","size":1}]""", "path")]
    [InlineData("files", """[{"path":null,"digest":"sha256:00","size":1}]""", "path")]
    [InlineData("files", """[{"path":"a","digest":"d","size":1,"mode":7}]""", "mode")]
    public void What_means_something_else_is_refused(string property, string value, string said)
    {
        JsonNode json = JsonNode.Parse(Adapter().ToBytes())!;
        json[property] = JsonNode.Parse(value);
        File.WriteAllText(File_, json.ToJsonString());

        DiagnosticException refused = Assert.Throws<DiagnosticException>(() => ModelManifest.Read(File_));

        Assert.Equal("MOPS7004", refused.Diagnostic.Code);
        Assert.Contains(said, refused.Diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(File_, refused.Diagnostic.Location!.Value.File);
    }

    [Fact]
    public void A_pointer_says_where_its_model_answers_and_carries_no_key()
    {
        ModelManifest pointer = Adapter() with
        {
            Kind = ModelManifest.PointerKind,
            Base = null,
            Pointer = new ModelPointer("openai", "ft:gpt:contoso", "https://api.openai.com/v1") { BaseModel = "gpt", MaxTokensMember = "max_completion_tokens", ShutdownDate = new DateOnly(2027, 1, 31) },
        };
        File.WriteAllBytes(File_, pointer.ToBytes());

        Assert.Equal(pointer.Pointer, ModelManifest.Read(File_).Pointer);
        Assert.Contains("\"shutdownDate\": \"2027-01-31\"", Encoding.UTF8.GetString(pointer.ToBytes()), StringComparison.Ordinal);
        Refused(pointer with { Pointer = null }, "do not go together");
        Refused(pointer with { Method = null }, "do not go together");
        Refused(Adapter() with { Pointer = pointer.Pointer }, "do not go together");
        Refused(pointer with { Base = Adapter().Base }, "do not go together");
        Refused(pointer with { Pointer = pointer.Pointer with { Endpoint = "https://user:key@api.openai.com/v1" } }, "without a name or key");
        Refused(pointer with { Pointer = pointer.Pointer with { Endpoint = "file:///etc/passwd" } }, "http address");
        Refused(pointer with { Pointer = pointer.Pointer with { Model = "" } }, "no model");

        void Refused(ModelManifest manifest, string said)
        {
            DiagnosticException refused = Assert.Throws<DiagnosticException>(() => ModelManifest.Parse(manifest.ToBytes(), File_));
            Assert.Contains(said, refused.Diagnostic.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_newer_format_is_told_from_an_unknown_property()
    {
        File.WriteAllText(File_, """{"format":3,"id":"A","somethingNew":{}}""");

        DiagnosticException refused = Assert.Throws<DiagnosticException>(() => ModelManifest.Read(File_));

        Assert.Contains("format 3", refused.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"format":1}""")]
    [InlineData("""{"format":1,"format":1}""")]
    [InlineData("""{"format":1e99}""")]
    public void What_is_no_manifest_is_refused(string text)
    {
        File.WriteAllText(File_, text);

        Assert.Equal("MOPS7004", Assert.Throws<DiagnosticException>(() => ModelManifest.Read(File_)).Diagnostic.Code);
    }

    [Fact]
    public void A_missing_file_is_refused()
        => Assert.Equal("MOPS7004", Assert.Throws<DiagnosticException>(() => ModelManifest.Read(_folder["none.json"])).Diagnostic.Code);

    [Fact]
    public void Damaged_bytes_never_end_in_another_exception()
    {
        byte[] good = Adapter().ToBytes();
        var random = new Random(20);
        for (int i = 0; i < 300; i++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(File_, bad);
            try
            {
                ModelManifest.Read(File_); // Some damage is another text in a string; the digest in the package's targets tells.
            }
            catch (DiagnosticException e)
            {
                Assert.Equal("MOPS7004", e.Diagnostic.Code);
            }
        }
    }

    private static ModelManifest Adapter() => new()
    {
        Id = "Contoso.TicketTriage",
        Version = "1.0.0",
        Kind = ModelManifest.AdapterKind,
        Method = "lora",
        BaseDigest = "sha256:" + new string('b', 64),
        Base = new PackageIdentity("BaseModel.tiny", "1.0.7"),
        Files = [new PackagedFile("model/adapter_config.json", "sha256:" + new string('c', 64), 12)],
    };
}
