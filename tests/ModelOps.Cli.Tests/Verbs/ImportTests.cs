using System.Text.Json.Nodes;
using ModelOps.TestUtilities;

namespace ModelOps.Cli.Tests.Verbs;

using TemporaryFolder = ModelOps.TestUtilities.TemporaryFolder;

/// <summary><c>modelops import hf</c> from the command line; what it makes and refuses is tested where it is made.</summary>
public sealed class ImportTests
{
    [Fact]
    public async Task A_download_becomes_a_package_that_verifies_and_says_how_it_is_named()
    {
        using var folder = new TemporaryFolder();
        string model = DownloadedModel.Write(folder, "tiny");

        ToolRun import = await ToolRun.OfAsync(["import", "hf", model, "--id", "BaseModel.Tiny", "--version", "1.0.0", "-o", folder["out"]]);
        ToolRun json = await ToolRun.OfAsync(["import", "hf", model, "--id", "BaseModel.Tiny", "--version", "1.0.0", "-o", folder["out"], "--json"]);
        ToolRun verify = await ToolRun.OfAsync(["verify", folder["out/BaseModel.Tiny.1.0.0.nupkg"]]);
        ToolRun incomplete = await ToolRun.OfAsync(["import", "hf", model]);

        Assert.Equal((ExitCode.Ok, ""), (import.ExitCode, import.Error));
        Assert.Contains("<BaseModelReference Include=\"BaseModel.Tiny\" Version=\"1.0.0\" />", import.Output, StringComparison.Ordinal);
        JsonNode said = JsonNode.Parse(json.Output)!;
        Assert.Equal(("BaseModel.Tiny", "Apache-2.0", folder["out/BaseModel.Tiny.1.0.0.nupkg"]), ((string?)said["id"], (string?)said["license"], (string?)said["packages"]![0]));
        Assert.Equal((ExitCode.Ok, ""), (verify.ExitCode, verify.Error));
        Assert.Equal((ExitCode.Usage, true), (incomplete.ExitCode, incomplete.Error.Contains("--id", StringComparison.Ordinal)));
    }
}
