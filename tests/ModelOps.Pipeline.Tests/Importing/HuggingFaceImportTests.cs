using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Importing;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Pipeline.Tests.Importing;

public sealed class HuggingFaceImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_download_is_the_same_package_and_it_verifies()
    {
        string first = DownloadedModel.Write(_folder, "here/tiny");
        string second = DownloadedModel.Write(_folder, "dört/tiny model");
        File.WriteAllText(Path.Combine(second, "pytorch_model.bin"), "another format");
        File.WriteAllText(Path.Combine(second, "consolidated.safetensors"), "another layout");
        File.SetLastWriteTimeUtc(Path.Combine(second, "model.safetensors"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        ImportResult one = Import(first, output: "one"), two = Import(second, output: "two"), again = Import(second, output: "one");

        Assert.Equal(("BaseModel.Tiny", "1.0.0", "Apache-2.0"), (one.Package.Id, one.Package.Version, one.License));
        Assert.Equal(File.ReadAllBytes(one.Packages.Single()), File.ReadAllBytes(two.Packages.Single()));
        Assert.Equal(one.Packages, again.Packages);
        using var package = ModelPackage.Open(one.Packages.Single());
        Assert.Equal((ModelManifest.BaseKind, BaseModelIdentity.Compute(first).Digest.ToString(), "Apache-2.0"), (package.Manifest.Kind, package.Manifest.BaseDigest, package.Manifest.License));
        Assert.Equal(["README.md", "chat_template.jinja", "config.json", "model.safetensors", "tokenizer.json"], package.Manifest.Files.Select(f => f.Path).Where(f => f.StartsWith("model/", StringComparison.Ordinal)).Select(f => f["model/".Length..]));
        Assert.Empty(PackageVerifier.Verify([package.Restored()], folder => BaseModelIdentity.Compute(folder).Digest));
    }

    [Theory]
    [InlineData("---\nlicense: mit\n---\n", "", false, "MIT")]
    [InlineData("---\nlanguage: en\nlicense: \"Apache-2.0\" # the usual\ntags: [x]\n---\n", "", false, "Apache-2.0")]
    [InlineData("---\nlicense:\n- gpl-3.0\n---\n", "", false, "GPL-3.0-only")]
    [InlineData("---\r\nlicense: cc-by-4.0\r\n---\r\n", "", false, "CC-BY-4.0")]
    [InlineData("---\nlicense: mit\n---\n", "Apache-2.0 OR MIT", false, "Apache-2.0 OR MIT")]
    [InlineData("---\nlicense: llama3.2\n---\n", "", true, "model/LICENSE")]
    [InlineData("---\nlicense: other\n---\n", "", false, "MOPS6126")]
    [InlineData("---\nlicense:\n- mit\n- apache-2.0\n---\n", "", false, "MOPS6126")]
    [InlineData("# license: mit\n", "", false, "MOPS6126")]
    [InlineData("---\ntitle: x\n---\nlicense: mit\n", "", false, "MOPS6126")]
    [InlineData("", "", false, "MOPS6126")]
    [InlineData("---\nlicense: mit\n---\n", "do as you like", false, "MOPS6125")]
    [InlineData("---\nlicense: mit\n---\n", "GPL-3.0", false, "MOPS6125")]
    [InlineData("---\nlicense: mit\n---\n", "UNLICENSED", false, "MOPS6125")]
    public void The_licence_is_what_is_said_else_the_card_else_the_file(string card, string said, bool file, string expected)
    {
        string model = DownloadedModel.Write(_folder, "tiny", card);
        if (file)
        {
            _folder.Write("tiny/LICENSE.txt", "Community licence.\n");
        }

        string found;
        try
        {
            ImportResult imported = Import(model, license: said);
            using var package = ModelPackage.Open(imported.Packages.Single());
            Assert.Equal(imported.License, package.Manifest.License);
            Assert.Equal(file, package.Read("model/LICENSE") is not null);
            found = imported.License;
        }
        catch (DiagnosticException refused)
        {
            found = refused.Diagnostic.Code;
        }

        Assert.Equal(expected, found);
        Assert.Equal(!expected.StartsWith("MOPS", StringComparison.Ordinal), Directory.Exists(_folder["out"]) && Directory.GetFiles(_folder["out"]).Length > 0);
    }

    [Fact]
    public void Every_cut_of_a_weight_file_is_refused()
    {
        string model = DownloadedModel.Write(_folder, "tiny"), file = Path.Combine(model, "model.safetensors");
        byte[] whole = File.ReadAllBytes(file);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(file, whole[..length]);
            Assert.Equal("MOPS6127", Refusal(model));
        }

        File.WriteAllBytes(file, [.. whole, 0]);
        Assert.Equal("MOPS6127", Refusal(model));
        File.WriteAllBytes(file, whole);
        Import(model);
    }

    [Fact]
    public void Half_models_pointers_and_taken_versions_are_refused_by_code()
    {
        string layer = DownloadedModel.Write(_folder, "layer");
        File.WriteAllBytes(Path.Combine(layer, "model.safetensors"), DownloadedModel.Weights(DownloadedModel.Layers(0, 1)));
        string pointer = DownloadedModel.Write(_folder, "pointer");
        File.WriteAllText(Path.Combine(pointer, "model.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        string none = DownloadedModel.Write(_folder, "none");
        File.Delete(Path.Combine(none, "model.safetensors"));
        string shards = Shards("shards"), lost = Shards("lost"), moved = Shards("moved");
        File.Delete(Path.Combine(lost, "model-00002-of-00002.safetensors"));
        File.Copy(Path.Combine(moved, "model-00001-of-00002.safetensors"), Path.Combine(moved, "model-00002-of-00002.safetensors"), overwrite: true);
        Import(DownloadedModel.Write(_folder, "tiny"));

        string[] found = [.. new[] { layer, pointer, none, lost, moved, DownloadedModel.Write(_folder, "other", seed: 2) }.Select(model => Refusal(model))];

        Assert.Equal(["MOPS6127", "MOPS2008", "MOPS2005", "MOPS2007", "MOPS6127", "MOPS6128"], found);
        Assert.Equal(("MOPS6129", "MOPS6129"), (Refusal(shards, id: "Base Model"), Refusal(shards, version: "one")));
        Assert.Equal("1.0.0", Import(shards, version: "1.0", output: "shards-out").Package.Version);
    }

    private string Shards(string name)
    {
        DownloadedModel.WriteText(_folder, name, "---\nlicense: mit\n---\n");
        string[][] parts = [DownloadedModel.Layers(0, 1), DownloadedModel.Layers(1, 2)];
        foreach ((int i, string[] tensors) in parts.Index())
        {
            File.WriteAllBytes(_folder[$"{name}/model-0000{i + 1}-of-00002.safetensors"], DownloadedModel.Weights(tensors, i));
        }

        string map = string.Join(',', parts.Index().SelectMany(p => p.Item.Select(tensor => $"\"{tensor}\":\"model-0000{p.Index + 1}-of-00002.safetensors\"")));
        _folder.Write($"{name}/model.safetensors.index.json", $"{{\"weight_map\":{{{map}}}}}");
        return _folder[name];
    }

    private ImportResult Import(string folder, string id = "BaseModel.Tiny", string version = "1.0.0", string license = "", string output = "out")
        => HuggingFaceImport.Run(new ImportRequest(folder, id, version, license, _folder[output]), CancellationToken.None);

    private string Refusal(string folder, string id = "BaseModel.Tiny", string version = "1.0.0")
        => Assert.Throws<DiagnosticException>(() => Import(folder, id, version)).Diagnostic.Code;
}
