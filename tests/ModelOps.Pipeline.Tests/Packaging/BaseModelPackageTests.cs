using System.Globalization;
using System.IO.Compression;
using System.Xml.Linq;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Packaging;

namespace ModelOps.Pipeline.Tests.Packaging;

public sealed class BaseModelPackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_model_is_the_same_package_wherever_and_whenever_it_is_packed()
    {
        string first = Pack(Model("here/tiny", ["config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", "LICENSE", "README.md"]), "out1");

        // Other folder, other order of creation, other times, other permissions, and files that are none of the model's.
        string elsewhere = Model("there/deep er/tîny", ["README.md", "LICENSE", "chat_template.jinja", "tokenizer.json", "model.safetensors", "config.json"]);
        foreach (string file in Directory.GetFiles(elsewhere))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(1971, 1, 2, 3, 4, 5, DateTimeKind.Utc));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        File.WriteAllText(Path.Combine(elsewhere, "notes.txt"), "not part of it");
        File.WriteAllText(Path.Combine(elsewhere, "consolidated.safetensors"), "the same weights in a layout of somebody else's");
        string second = Pack(elsewhere, "out2");

        Assert.Equal(Path.GetFileName(first), Path.GetFileName(second));
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    [Fact]
    public void The_package_holds_the_model_its_manifest_and_what_a_consumer_imports()
    {
        string folder = Model("tiny");
        string package = Pack(folder, "out");

        using ZipArchive archive = ZipFile.OpenRead(package);
        string[] entries = [.. archive.Entries.Select(e => e.FullName).Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "BaseModel.tiny.nuspec", "[Content_Types].xml", "buildTransitive/BaseModel.tiny.targets", "lib/net8.0/_._", "model/LICENSE", "model/README.md",
                "model/chat_template.jinja", "model/config.json", "model/model.safetensors", "model/modelops.json", "model/tokenizer.json",
            ],
            entries);
        XElement metadata = Nuspec(archive);
        Assert.Equal(BaseModelPackage.VersionOf(BaseModelIdentity.Compute(folder).Digest), Value(metadata, "version"));
        Assert.Equal("model/README.md", Value(metadata, "readme"));
        Assert.Equal("MIT", Value(metadata, "license"));
        XElement dependency = Assert.Single(metadata.Descendants(), e => e.Name.LocalName == "dependency");
        Assert.Equal(("ModelOps.Consume", "9.9.9"), (dependency.Attribute("id")!.Value, dependency.Attribute("version")!.Value));
    }

    [Fact]
    public void An_unpacked_package_verifies()
    {
        string package = Pack(Model("tiny"), "out");
        ZipFile.ExtractToDirectory(package, _folder["restored"]);
        string targets = File.ReadAllText(_folder["restored/buildTransitive/BaseModel.tiny.targets"]);
        string digest = (string)XDocument.Parse(targets).Descendants("ModelOpsPackage").Single().Attribute("ManifestDigest")!;

        // Every file of the model is copied beside the app, and nothing is looked for.
        string[] copied = [.. XDocument.Parse(targets).Descendants("None").SelectMany(none => ((string)none.Attribute("Include")!).Split(';')).Select(path => path.Replace("$(MSBuildThisFileDirectory)../", "", StringComparison.Ordinal))];
        Assert.Equal(Directory.GetFiles(_folder["restored/model"]).Select(f => "model/" + Path.GetFileName(f)).Order(StringComparer.Ordinal), copied.Order(StringComparer.Ordinal));
        Assert.Empty(PackageVerifier.Verify([new RestoredPackage(_folder["restored"], digest)], folder => BaseModelIdentity.Compute(folder).Digest));
    }

    [Fact]
    public void The_version_follows_the_content_and_nothing_else()
    {
        string one = Model("one");
        string two = Model("two");
        File.WriteAllText(Path.Combine(two, "README.md"), "# Another card\n");
        string three = Model("three");
        File.WriteAllText(Path.Combine(three, "model.safetensors"), "other weights");

        string[] versions = [.. new[] { one, two, three }.Select(folder => BaseModelPackage.VersionOf(BaseModelIdentity.Compute(folder).Digest))];

        Assert.Equal(versions[0], versions[1]);
        Assert.NotEqual(versions[0], versions[2]);
    }

    [Theory]
    [InlineData("00000000", "1.0.0")]
    [InlineData("7fffffff", "1.0.2147483647")]
    [InlineData("80000001", "1.0.1")]
    [InlineData("ffffffff", "1.0.2147483647")]
    public void A_version_part_stays_a_positive_number(string start, string version)
    {
        Assert.Equal(version, BaseModelPackage.VersionOf(Digest.Parse($"sha256:{start}{new string('5', 56)}")));
        Assert.True(int.Parse(version.Split('.')[2], CultureInfo.InvariantCulture) >= 0);
    }

    [Fact]
    public void An_unchanged_package_is_left_as_it_is()
    {
        string folder = Model("tiny");
        string package = Pack(folder, "out");
        File.SetLastWriteTimeUtc(package, new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Pack(folder, "out");

        Assert.Equal(2021, File.GetLastWriteTimeUtc(package).Year);
        Assert.Single(Directory.GetFiles(_folder["out"]));
    }

    [Fact]
    public void Adapters_packed_side_by_side_share_the_base_they_write()
    {
        string folder = Model("tiny");

        Parallel.For(0, 16, i => Pack(folder, "out", work: $"work{i}"));

        string only = Assert.Single(Directory.GetFiles(_folder["out"]));
        Assert.Equal(File.ReadAllBytes(Pack(folder, "alone")), File.ReadAllBytes(only));
    }

    [Fact]
    public void Without_an_expression_the_models_own_licence_file_speaks()
    {
        string package = Pack(Model("tiny"), "out", license: "");

        using ZipArchive archive = ZipFile.OpenRead(package);
        XElement license = Nuspec(archive).Elements().Single(e => e.Name.LocalName == "license");
        Assert.Equal(("file", "model/LICENSE"), (license.Attribute("type")!.Value, license.Value.Replace('\\', '/')));
    }

    [Fact]
    public void Without_any_licence_the_base_is_not_passed_on()
    {
        string folder = Model("tiny", ["config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"]);

        Assert.Equal("MOPS6007", Assert.Throws<DiagnosticException>(() => Pack(folder, "out", license: "")).Diagnostic.Code);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Theory]
    [InlineData("not a licence", "BaseModel.tiny")]
    [InlineData("MIT", "Base Model")]
    [InlineData("MIT", "..")]
    public void What_NuGet_refuses_is_one_coded_error_and_leaves_no_file(string license, string id)
    {
        string folder = Model("tiny");

        DiagnosticException refused = Assert.Throws<DiagnosticException>(() => Pack(folder, "out", license, id));

        Assert.Equal("MOPS6006", refused.Diagnostic.Code);
        Assert.Empty(Directory.Exists(_folder["out"]) ? Directory.GetFiles(_folder["out"]) : []);
    }

    private string Pack(string folder, string output, string license = "MIT", string id = "BaseModel.tiny", string work = "work")
    {
        var identity = BaseModelIdentity.Compute(folder);
        var content = new BaseModelContent(folder, identity, license, "9.9.9");
        return BaseModelPackage.Write(content, new PackageIdentity(id, BaseModelPackage.VersionOf(identity.Digest)), _folder[work], _folder[output], "Triage.csproj")[0];
    }

    private string Model(string folder, string[]? order = null)
    {
        foreach (string name in order ?? ["config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", "LICENSE", "README.md"])
        {
            _folder.Write($"{folder}/{name}", name switch
            {
                "config.json" => """{"model_type":"llama","vocab_size":16,"hidden_size":4}""",
                "tokenizer.json" => """{"version":"1.0"}""",
                "chat_template.jinja" => "{{ messages }}",
                "README.md" => "# A base model\n",
                "LICENSE" => "Do what you like.\n",
                _ => "weights",
            });
        }

        return _folder[folder];
    }

    private static XElement Nuspec(ZipArchive archive)
    {
        using Stream stream = archive.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single();
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;
}
