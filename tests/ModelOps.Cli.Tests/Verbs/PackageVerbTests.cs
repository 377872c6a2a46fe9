using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ModelOps.Pipeline.Tests.Packages;

namespace ModelOps.Cli.Tests.Verbs;

/// <summary>sign, verify, show and lineage of a package.</summary>
public sealed class PackageVerbTests : IDisposable
{
    private readonly PackedModel _model = new(whole: true);
    private readonly string _keyFile;

    public PackageVerbTests()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        _keyFile = _model.Write("ci.key", key.ExportPkcs8PrivateKeyPem());
        _model.Write("keys/ci.pem", key.ExportSubjectPublicKeyInfoPem());
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task A_signed_package_meets_the_policy_and_an_unsigned_one_does_not()
    {
        string policy = _model.Policy("\"allowedLicenses\": [\"MIT\"]");

        ToolRun before = await ToolRun.OfAsync(["verify", _model.Archive, "--no-probe", "--policy", policy]);
        ToolRun plain = await ToolRun.OfAsync(["verify", _model.Archive, "--no-probe"]);
        ToolRun sign = await ToolRun.OfAsync(["sign", _model.Archive, "--key", _keyFile]);
        ToolRun after = await ToolRun.OfAsync(["verify", _model.Archive, "--no-probe", "--policy", policy]);
        ToolRun json = await ToolRun.OfAsync(["verify", _model.Archive, "--no-probe", "--policy", policy, "--json"]);

        Assert.Equal(ExitCode.Failed, before.ExitCode);
        Assert.Equal(3, before.Error.Split("error MOPS6114").Length - 1);
        Assert.Equal((ExitCode.Ok, "Contoso.Triage 1.2.0: as it was packed; no trust policy asked who signed\n"), (plain.ExitCode, plain.Output));
        Assert.Equal((ExitCode.Ok, ""), (sign.ExitCode, sign.Error));
        Assert.StartsWith("signed Contoso.Triage.1.2.0.nupkg with key ", sign.Output, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Ok, "Contoso.Triage 1.2.0: as it was packed; by the trust policy\n", ""), (after.ExitCode, after.Output, after.Error));
        Assert.Empty(JsonNode.Parse(json.Output)!["diagnostics"]!.AsArray());
    }

    [Fact]
    public async Task Keys_that_cannot_sign_and_packages_that_are_none_are_told_by_code()
    {
        ToolRun publicKey = await ToolRun.OfAsync(["sign", _model.Archive, "--key", _model["keys/ci.pem"]]);
        ToolRun empty = await ToolRun.OfAsync(["sign", _model.Archive, "--key-variable", "MODELOPS_TEST_NO_SUCH_KEY"]);
        ToolRun missing = await ToolRun.OfAsync(["verify", _model["none.nupkg"]]);
        ToolRun text = await ToolRun.OfAsync(["verify", _model.Write("text.nupkg", "text")]);
        ToolRun folder = await ToolRun.OfAsync(["lineage", _model["keys"]]);
        ToolRun nothing = await ToolRun.OfAsync(["verify"]);
        ToolRun option = await ToolRun.OfAsync(["verify", _model.Archive, "--nosuch"]);

        Assert.Equal(
            ["MOPS6100", "MOPS6100", "MOPS6107", "MOPS6105", "MOPS6101", "MOPS9010", "MOPS9010"],
            new[] { publicKey, empty, missing, text, folder, nothing, option }.Select(run => run.Error.Split("error ")[1][..8]));
        Assert.Equal((ExitCode.Failed, ExitCode.Usage), (missing.ExitCode, nothing.ExitCode));
    }

    [FactOnUnix]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task What_the_server_says_of_the_sealed_rows_decides()
    {
        ToolRun none = await ToolRun.OfAsync(["verify", _model.Archive]);
        ToolRun same = await VerifyAsync("exit 0");
        ToolRun differs = await VerifyAsync("echo 'modelops: error MOPS7103: Package Contoso.Triage does not answer as in its evaluation' >&2; exit 1");
        ToolRun cannot = await VerifyAsync("echo 'x.json: error MOPS7007: The model of package Contoso.Triage cannot be loaded: no such architecture' >&2; exit 1");
        ToolRun broken = await VerifyAsync("exit 134");

        Assert.Equal((ExitCode.Ok, "Contoso.Triage 1.2.0: its sealed rows were not asked: the tool has no server\n"), (none.ExitCode, none.Error));
        Assert.EndsWith("Contoso.Triage 1.2.0: answers its 4 sealed rows as in its evaluation\n", same.Output, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Ok, ""), (same.ExitCode, same.Error));
        Assert.Equal(ExitCode.Failed, differs.ExitCode);
        Assert.Contains("error MOPS7103: ", differs.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, cannot.ExitCode);
        Assert.Contains("not asked: the model cannot be opened here: ", cannot.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, broken.ExitCode);
        Assert.Contains("error MOPS6150: ", broken.Error, StringComparison.Ordinal);

        Task<ToolRun> VerifyAsync(string script)
        {
            string server = _model.Write("server.sh", $"#!/bin/sh\ngrep -q '\"checkOnly\": *true' \"$1\" && grep -q '\"probeParity\": *true' \"$1\" || exit 9\n{script}\n");
            File.SetUnixFileMode(server, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return ToolRun.OfAsync(["verify", _model.Archive, "--server", server]);
        }
    }

    [Fact]
    public async Task Show_and_lineage_say_what_the_package_says()
    {
        await ToolRun.OfAsync(["sign", _model.Archive, "--key", _keyFile]);

        ToolRun show = await ToolRun.OfAsync(["show", _model.Archive]);
        ToolRun lineage = await ToolRun.OfAsync(["lineage", _model.Archive]);
        JsonNode json = JsonNode.Parse((await ToolRun.OfAsync(["lineage", _model.Archive, "--json"])).Output)!["lineage"]!;
        JsonNode shown = JsonNode.Parse((await ToolRun.OfAsync(["show", _model.Archive, "--json"])).Output)!;

        Assert.Equal((ExitCode.Ok, ""), (show.ExitCode, show.Error));
        Assert.Contains("verdict     passed", show.Output, StringComparison.Ordinal);
        Assert.Contains("passed      ExactMatch MinimumGain 0.10", show.Output, StringComparison.Ordinal);
        Assert.Contains("release by ", show.Output, StringComparison.Ordinal);
        Assert.StartsWith("Contoso.Triage 1.2.0  full, passed, MIT, key ", lineage.Output, StringComparison.Ordinal);
        Assert.Contains("├─ data training  30 rows, sha256 ", lineage.Output, StringComparison.Ordinal);
        Assert.Contains($"├─ source {PackedModel.Commit}  as committed", lineage.Output, StringComparison.Ordinal);
        Assert.Equal(["base", "data", "tool", "source", "signatures"], json["from"]!.AsArray().Select(n => (string?)n!["kind"]));
        Assert.Equal(_model.Facts.BaseModel.Digest.ToString(), (string?)json["from"]![0]!["facts"]!["identity"]);
        Assert.Equal((3, "passed"), (shown["signatures"]!.AsArray().Count, (string?)shown["manifest"]!["verdict"]));
    }

    [Fact]
    public async Task List_finds_archives_and_what_a_project_restored()
    {
        _model.Write("out/other.nupkg", "no package at all");
        _model.Restore();
        _model.Write("app/obj/project.assets.json", $$"""
            { "packageFolders": { "{{_model["cache"]}}": {} }, "libraries": {
              "Contoso.Triage/1.2.0": { "type": "package", "path": "adapter" }, "Some.Library/1.0.0": { "type": "package", "path": "library" }, "App.Core/1.0.0": { "type": "project", "path": "../x" } },
              "project": { "frameworks": { "net10.0": { "downloadDependencies": [ { "name": "Contoso.Triage", "version": "[1.1.0, 1.1.0]" }, { "name": "Some.Tool", "version": "[1.0.0, 1.0.0]" } ] }, "net8.0": {} } } }
            """);
        _model.Restore(_model.Archive, "contoso.triage/1.1.0");

        ToolRun folder = await ToolRun.OfAsync(["list", _model["out"]]), project = await ToolRun.OfAsync(["list", _model["app"]]);
        JsonNode json = JsonNode.Parse((await ToolRun.OfAsync(["list", _model["app"], "--json"])).Output)!["packages"]!;

        Assert.Equal((ExitCode.Ok, "Contoso.Triage 1.2.0  full, passed, MIT, unsigned\n"), (folder.ExitCode, folder.Output));
        Assert.Equal(folder.Output + folder.Output, project.Output);
        Assert.Equal([_model["cache/adapter"], _model["cache/contoso.triage/1.1.0"]], json.AsArray().Select(p => (string?)p!["path"]).Order(StringComparer.Ordinal));
        Assert.Contains("MOPS6107", (await ToolRun.OfAsync(["list", _model["none"]])).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_writes_the_model_and_its_card_and_nothing_over_another()
    {
        ToolRun first = await ToolRun.OfAsync(["export", _model.Archive, "-o", _model["peft"]]);
        ToolRun again = await ToolRun.OfAsync(["export", _model.Archive, "-o", _model["peft"]]);

        Assert.True(first.ExitCode == ExitCode.Ok, first.Error);
        Assert.Equal(["README.md", "adapter_config.json", "adapter_model.safetensors"], Directory.GetFiles(_model["peft"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllBytes(Path.Combine(_model.Content, "model", "adapter_model.safetensors")), File.ReadAllBytes(_model["peft/adapter_model.safetensors"]));
        Assert.StartsWith("---\n", File.ReadAllText(_model["peft/README.md"]), StringComparison.Ordinal);
        Assert.Contains("MOPS6124", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rebuild_is_compared_byte_for_byte()
    {
        using FixtureProject same = Project(""), weights = Project("model/adapter_model.safetensors"), card = Project("report/README.md");
        using var other = new FixtureProject();
        File.WriteAllText(other.Path, File.ReadAllText(same.Path).Replace(_model.Content, Changed("lineage/fingerprint.json"), StringComparison.Ordinal));

        ToolRun identical = await ToolRun.OfAsync(["verify", _model.Archive, "--no-probe", "--rebuild", "--project", same.Path]);
        ToolRun differs = await ToolRun.OfAsync(["verify", _model.Archive, "--no-probe", "--rebuild", "--project", weights.Path]);
        ToolRun beside = await ToolRun.OfAsync(["verify", _model.Archive, "--no-probe", "--rebuild", "--project", card.Path]);
        ToolRun inputs = await ToolRun.OfAsync(["verify", _model.Archive, "--no-probe", "--rebuild", "--project", other.Path]);

        Assert.True(identical.ExitCode == ExitCode.Ok, identical.Error);
        Assert.EndsWith("rebuilt byte for byte\n", identical.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, differs.ExitCode);
        Assert.Contains("error MOPS6120: A rebuild from the recorded inputs gives other bytes: model/adapter_model.safetensors.", differs.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, beside.ExitCode);
        Assert.Contains("other documents differ", beside.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, inputs.ExitCode);
        Assert.Contains("error MOPS6121: ", inputs.Error, StringComparison.Ordinal);
        Assert.Contains("baseModel.architecture", inputs.Error, StringComparison.Ordinal);
    }

    /// <summary>A project whose stages leave what the package was made of, but for one file.</summary>
    private FixtureProject Project(string changed)
    {
        string content = changed.Length == 0 ? _model.Content : Changed(changed);
        var project = new FixtureProject();
        File.WriteAllText(project.Path, $"""
            <Project>
              <Target Name="Restore" />
              <Target Name="ModelOpsFingerprint"><Copy SourceFiles="{content}/lineage/fingerprint.json" DestinationFolder="$(ModelOpsIntermediateDirectory)" /></Target>
              <Target Name="ModelOpsGate" />
              <Target Name="ModelOpsPackage">
                <ItemGroup><_File Include="{content}/**" /></ItemGroup>
                <Copy SourceFiles="@(_File)" DestinationFiles="@(_File->'$(ModelOpsIntermediateDirectory)package/content/%(RecursiveDir)%(Filename)%(Extension)')" />
              </Target>
            </Project>
            """);
        return project;
    }

    private string Changed(string file)
    {
        string copy = _model[$"changed-{Guid.NewGuid():n}"];
        foreach (string source in Directory.GetFiles(_model.Content, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(_model.Content, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        string path = Path.Combine(copy, file);
        if (file.EndsWith("fingerprint.json", StringComparison.Ordinal))
        {
            Core.Fingerprinting.FingerprintFile.Of("Train", new Core.Fingerprinting.KeyFields().Add("learningRate", 0.5)).Write(path);
        }
        else
        {
            File.AppendAllText(path, "!");
        }

        return copy;
    }
}
