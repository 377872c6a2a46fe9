using System.Text.Json;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;

namespace ModelOps.Cli.Tests.Verbs;

/// <summary>The verb starts the server and passes on what it says; the server itself has tests of its own.</summary>
public sealed class ServeTests : IDisposable
{
    private static readonly string s_root = Root();
    private static readonly string s_server = Path.Combine(
        s_root, "src", "ModelOps.Serve", "bin", AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", "ModelOps.Serve.dll");

    private readonly DirectoryInfo _model = Directory.CreateTempSubdirectory("modelops-serve-test-");

    public ServeTests()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(s_root, "sample-repo", "models", "tiny-base")))
        {
            File.Copy(file, Path.Combine(_model.FullName, Path.GetFileName(file)));
        }

        var manifest = new ModelManifest { Id = "BaseModel.tiny", Version = "1.0.1", Kind = ModelManifest.BaseKind, BaseDigest = BaseModelIdentity.Compute(_model.FullName).Digest.ToString(), Files = [.. PackagedFile.Describe(_model.FullName).Select(f => f with { Path = "model/" + f.Path })] };
        File.WriteAllBytes(Path.Combine(_model.FullName, ModelManifest.FileName), manifest.ToBytes());
    }

    public void Dispose() => _model.Delete(recursive: true);

    [Fact]
    public async Task It_checks_a_package_and_ends()
    {
        ToolRun run = await ToolRun.OfAsync(["serve", _model.FullName, "--check", "--json", "--server", s_server]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Equal(["BaseModel.tiny", "BaseModel.tiny@1.0.1"], JsonElement.Parse(run.Output).GetProperty("models").EnumerateArray().Select(m => m.GetString()));
    }

    [Fact]
    public async Task A_package_that_is_nowhere_is_one_coded_line()
    {
        ToolRun run = await ToolRun.OfAsync(["serve", "Contoso.Nowhere", "--packages", _model.FullName, "--server", s_server]);

        Assert.Equal((ExitCode.Failed, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("modelops: error MOPS7120: ", Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "MOPS9010", "serve")]
    [InlineData(ExitCode.Usage, "MOPS9010", "serve", "x", "--port", "70000")]
    [InlineData(ExitCode.Host, "MOPS9013", "serve", "x", "--server", "/nowhere/server.dll")]
    public async Task What_cannot_be_started_says_why(int exitCode, string code, params string[] args)
    {
        ToolRun run = await ToolRun.OfAsync(args);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains($"error {code}: ", run.Error, StringComparison.Ordinal);
    }

    private static string Root()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "ModelOps.sln")))
        {
            at = at.Parent ?? throw new InvalidOperationException("The tests run inside the repository.");
        }

        return at.FullName;
    }
}
