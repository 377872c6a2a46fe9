using System.Text.Json.Nodes;
using ModelOps.Cli.Packages;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Packages;
using ModelOps.Pipeline.Tests.Packages;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class AuditTests : IDisposable
{
    private readonly PackedModel _model = new(whole: true);

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task A_folder_of_packages_is_held_against_the_licences_of_a_policy()
    {
        ToolRun clean = await ToolRun.OfAsync(["audit", _model["out"]]);
        ToolRun refused = await ToolRun.OfAsync(["audit", _model["out"], "--policy", _model.Policy("\"allowedLicenses\": [\"GPL-2.0-only\"]")]);
        JsonNode json = JsonNode.Parse((await ToolRun.OfAsync(["audit", _model["out"], "--json", "--policy", _model.Policy("\"allowedLicenses\": [\"BSD-2-Clause\"]")])).Output)!;

        Assert.Equal((ExitCode.Ok, "", "1 model package, nothing found\n"), (clean.ExitCode, clean.Output, clean.Error));
        Assert.Equal((ExitCode.Failed, "1 model package, 1 found\n"), (refused.ExitCode, refused.Error));
        Assert.All(refused.Output.TrimEnd().Split('\n'), line => Assert.Contains("modelops.json: warning MOPS6116: ", line, StringComparison.Ordinal));
        Assert.Equal(("audit", 1, "MOPS6116", "warning"), ((string?)json["verb"], json["packages"]!.AsArray().Count, (string?)Assert.Single(json["diagnostics"]!.AsArray())!["code"], (string?)json["diagnostics"]![0]!["severity"]));
        Assert.Equal(ExitCode.Usage, (await ToolRun.OfAsync(["audit", _model["out"], "--days", "-1"])).ExitCode);
    }

    [Fact]
    public void Later_versions_are_read_from_the_sdks_own_list()
    {
        IReadOnlyDictionary<string, string>? latest = AvailableVersions.Parse("""
            { "version": 1, "parameters": "--outdated", "projects": [ { "path": "/a.csproj", "frameworks": [ { "framework": "net10.0",
              "topLevelPackages": [ { "id": "Contoso.Triage", "requestedVersion": "1.0.0", "resolvedVersion": "1.0.0", "latestVersion": "1.1.0" } ],
              "transitivePackages": [ { "id": "BaseModel.Small", "resolvedVersion": "1.0.0", "latestVersion": "2.0.0" }, { "id": "Nowhere", "resolvedVersion": "1.0.0", "latestVersion": "Not found at the sources" } ] } ] },
              { "path": "/b.csproj" } ] }
            """);

        Assert.Equal([("BaseModel.Small", "2.0.0"), ("Contoso.Triage", "1.1.0")], latest!.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => (v.Key, v.Value)));
        Assert.Null(AvailableVersions.Parse("error: no assets file"));
        Assert.Null(AvailableVersions.Parse("""{"projects":[{"frameworks":[{"topLevelPackages":[{"id":1}]}]}]}"""));
    }

    [Fact]
    public void A_base_that_its_content_numbers_has_no_later_version()
    {
        const string Digest = "sha256:00000010ffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

        Assert.True(ModelPackage.IsNumberedByContent(new PackageIdentity("B", "1.0.16"), Digest));
        Assert.False(ModelPackage.IsNumberedByContent(new PackageIdentity("B", "1.0.17"), Digest));
        Assert.False(ModelPackage.IsNumberedByContent(new PackageIdentity("B", "1.0.16"), "none"));
    }

    [Fact]
    public async Task A_restored_project_is_audited()
    {
        _model.Restore();
        _model.Write("app/app.csproj", "<Project />");
        _model.Write("app/obj/project.assets.json", $$"""{ "packageFolders": { "{{_model["cache"]}}": {} }, "libraries": { "Contoso.Triage/1.2.0": { "type": "package", "path": "adapter" } } }""");

        // Nothing here stands on a base package, so the feeds are not asked.
        ToolRun run = await ToolRun.OfAsync(["audit", _model["app"]]);

        Assert.Equal((ExitCode.Ok, "1 model package, nothing found\n"), (run.ExitCode, run.Error));
    }
}
