using System.IO.Compression;
using System.Text.Json.Nodes;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;

namespace ModelOps.Serve.Tests;

/// <summary>Where served packages come from: folders, archives, the folder of restored packages.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly ModelsFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public void Packages_are_found_by_id_and_version_with_their_base()
    {
        string newest = Restore(_models.Adapter, "contoso.tickettriage", "1.10.0");
        string older = Restore(_models.Adapter, "contoso.tickettriage", "1.9.0-beta");
        string @base = Restore(_models.Base, "basemodel.tiny", "1.0.7");
        using var archives = new ArchiveFolder();
        var locator = new PackageLocator(_models["packages"], archives);

        Assert.Equal(newest, locator.Find("Contoso.TicketTriage"));
        Assert.Equal(older, locator.Find("contoso.tickettriage@1.9.0-beta"));
        Assert.Equal(newest, locator.Find(Path.GetDirectoryName(newest)!));
        Assert.Equal(_models.Adapter, locator.Find(_models.Adapter));
        Assert.Equal(@base, locator.FindBase(new PackageIdentity("BaseModel.tiny", "1.0.7")));
        Assert.Null(locator.FindBase(new PackageIdentity("BaseModel.tiny", "1.0.8")));
        foreach (string nothing in new[] { "Contoso.Nowhere", "Contoso.TicketTriage@2.0.0", "../../etc", "a@../x", "missing.nupkg", "" })
        {
            Assert.Equal("MOPS7120", Assert.Throws<DiagnosticException>(() => locator.Find(nothing)).Diagnostic.Code);
        }
    }

    [Fact]
    public void Versions_stand_in_the_order_of_the_standard()
    {
        string[] order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0.1", "1.2.0", "1.10.0"];

        Assert.Equal(order, order.Reverse().OrderBy(VersionOrder.Of));
        Assert.Equal(0, VersionOrder.Of("1.0.0+a").CompareTo(VersionOrder.Of("1.0.0+b")));
    }

    [Fact]
    public async Task Archives_side_by_side_are_served()
    {
        string adapter = Zip(_models.Adapter, _models["Contoso.TicketTriage.1.2.3.nupkg"]);
        Zip(_models.Base, _models["BaseModel.tiny.1.0.7.nupkg"]);
        await using ModelServer server = ModelServer.Open(new ServeRequest { Packages = [adapter], PackagesFolder = _models["packages"], Port = 0 }, _ => { });
        await server.StartAsync();
        using var client = new HttpClient { BaseAddress = server.Address };

        Assert.Contains("Contoso.TicketTriage@1.2.3", await client.GetStringAsync("v1/models"), StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("../../escape.txt", "MOPS7121")]
    [InlineData("/etc/escape", "MOPS7121")]
    [InlineData("a\\..\\..\\escape", "MOPS7121")]
    [InlineData("C:escape", "MOPS7121")]
    public void A_manifest_that_leads_out_of_the_package_writes_nothing(string name, string code)
    {
        string archive = Zip(_models.Adapter, _models["bad.nupkg"], (zip, manifest) =>
        {
            Add(zip, "model/" + name, [1]);
            manifest["files"]!.AsArray().Add(new JsonObject { ["path"] = "model/" + name, ["digest"] = Core.Artifacts.Digest.Of([1]).ToString(), ["size"] = 1 });
        });

        Assert.Equal(code, Refused(archive));
    }

    [Fact]
    public void An_archive_that_lies_is_refused()
    {
        const string Weights = "model/adapter_model.safetensors";
        Assert.Equal("MOPS7121", Refused(Zip(_models.Adapter, _models["a.nupkg"], (zip, _) => Add(zip, Weights, [1]))));                                     // twice
        Assert.Equal("MOPS7121", Refused(Zip(_models.Adapter, _models["b.nupkg"], (_, m) => File(m, Weights)["size"] = 5)));                               // a bomb: more than it says
        Assert.Equal("MOPS7121", Refused(Zip(_models.Adapter, _models["c.nupkg"], (_, m) => File(m, Weights)["size"] = 10L << 30)));                       // 10 GB claimed
        Assert.Equal("MOPS7001", Refused(Zip(_models.Adapter, _models["d.nupkg"], (_, m) => File(m, Weights)["digest"] = Core.Artifacts.Digest.Of([]).ToString())));
        System.IO.File.WriteAllText(_models["e.nupkg"], "no archive");
        Assert.Equal("MOPS7121", Refused(_models["e.nupkg"]));
        byte[] cut = System.IO.File.ReadAllBytes(Zip(_models.Adapter, _models["f.nupkg"]));
        System.IO.File.WriteAllBytes(_models["f.nupkg"], cut[..(cut.Length / 2)]);
        Assert.Equal("MOPS7121", Refused(_models["f.nupkg"]));

        static JsonNode File(JsonNode manifest, string path) => manifest["files"]!.AsArray().Single(f => (string?)f!["path"] == path)!;
    }

    [Fact]
    public void The_same_version_twice_is_refused()
    {
        var request = new ServeRequest { Packages = [_models.Adapter, _models.Adapter], PackagesFolder = _models["packages"] };

        Assert.Equal("MOPS7122", Assert.Throws<DiagnosticException>(() => ModelServer.Open(request, _ => { })).Diagnostic.Code);
    }

    private static string Refused(string archive)
    {
        using var archives = new ArchiveFolder();
        return Assert.Throws<DiagnosticException>(() => archives.Extract(archive)).Diagnostic.Code;
    }

    private string Restore(string from, string id, string version)
    {
        string to = Path.Combine(_models["packages"], id, version, "model");
        Directory.CreateDirectory(to);
        Array.ForEach(Directory.GetFiles(from), file => System.IO.File.Copy(file, Path.Combine(to, Path.GetFileName(file))));
        return to;
    }

    private static string Zip(string model, string archive, Action<ZipArchive, JsonNode>? change = null)
    {
        using ZipArchive zip = ZipFile.Open(archive, ZipArchiveMode.Create);
        JsonNode manifest = JsonNode.Parse(System.IO.File.ReadAllBytes(Path.Combine(model, ModelManifest.FileName)))!;
        foreach (string file in Directory.GetFiles(model).Where(f => Path.GetFileName(f) != ModelManifest.FileName))
        {
            Add(zip, "model/" + Path.GetFileName(file), System.IO.File.ReadAllBytes(file));
        }

        change?.Invoke(zip, manifest);
        Add(zip, "model/" + ModelManifest.FileName, System.Text.Encoding.UTF8.GetBytes(manifest.ToJsonString()));
        return archive;
    }

    private static void Add(ZipArchive zip, string name, byte[] bytes)
    {
        using Stream entry = zip.CreateEntry(name).Open();
        entry.Write(bytes);
    }
}
