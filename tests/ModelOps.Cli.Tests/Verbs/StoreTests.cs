using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class StoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _root;
    private readonly ActionKey _old;
    private readonly ActionKey _young;

    public StoreTests()
    {
        _root = Path.Combine(_folder.Path, "store");
        var store = new ModelStore(_root, new RecordingLog());
        string file = Path.Combine(_folder.Path, "weights.bin");
        File.WriteAllBytes(file, new byte[5000]);
        FingerprintFile old = FingerprintFile.Of("train", new KeyFields().Add("i", 1)), young = FingerprintFile.Of("score", new KeyFields().Add("i", 2));
        store.Put(old, file);
        store.Put(young, file);
        (_old, _young) = (old.Key, young.Key);
        File.SetLastWriteTimeUtc(Path.Combine(_root, "actions", $"{_old.Hex}.json"), DateTime.UtcNow.AddDays(-2));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(int ExitCode, JsonNode Json)> Json(params string[] args)
    {
        ToolRun run = await ToolRun.OfAsync(["store", .. args, "--store", _root, "--json"]);
        return (run.ExitCode, JsonNode.Parse(run.Output)!);
    }

    private Task<ToolRun> Text(params string[] args) => ToolRun.OfAsync(["store", .. args, "--store", _root]);

    [Fact]
    public async Task Ls_lists_the_oldest_first()
    {
        string[] lines = (await Text("ls")).Output.TrimEnd().Split('\n');
        Assert.StartsWith($"{_old.Short}  train", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"{_young.Short}  score", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("2 entries, ", lines[2], StringComparison.Ordinal);
        (_, JsonNode json) = await Json("ls");
        Assert.Equal((_old.ToString(), 5000, false), ((string?)json["entries"]![0]!["key"], (int)json["entries"]![0]!["files"]![0]!["size"]!, (bool)json["entries"]![0]!["pinned"]!));
    }

    [Fact]
    public async Task Gc_collects_what_is_not_pinned()
    {
        Assert.Equal((ExitCode.Ok, ""), await Text("pin", _old.Short) is var pin ? (pin.ExitCode, pin.Error) : default);
        (int exitCode, JsonNode json) = await Json("gc", "--size", "0");
        Assert.Equal((ExitCode.Ok, 1, _young.ToString()), (exitCode, json["removed"]!.AsArray().Count, (string?)json["removed"]![0]!["key"]));
        await Text("unpin", _old.ToString());
        (_, json) = await Json("gc", "--size", "0B");
        Assert.Equal(_old.ToString(), (string?)json["removed"]![0]!["key"]);
    }

    [Fact]
    public async Task Verify_ends_with_1_when_something_was_damaged()
    {
        Assert.Equal(ExitCode.Ok, (await Text("verify")).ExitCode);
        string blob = Directory.GetFiles(Path.Combine(_root, "cas"), "*", SearchOption.AllDirectories).Single();
        File.SetAttributes(blob, FileAttributes.Normal);
        File.WriteAllBytes(blob, new byte[5001]);
        ToolRun run = await Text("verify");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("warning MOPS2031", run.Error, StringComparison.Ordinal);
        (int exitCode, JsonNode json) = await Json("verify");
        Assert.Equal((ExitCode.Ok, 0, 0), (exitCode, (int)json["whole"]!, (int)json["damaged"]!));
    }

    [Fact]
    public async Task Unsigned_results_are_listed_verified_and_collected()
    {
        FingerprintFile pulled = FingerprintFile.Of("train", new KeyFields().Add("i", 3));
        new ModelStore(_root, new RecordingLog()).Unsigned.Put(pulled, Path.Combine(_folder.Path, "weights.bin"));

        (_, JsonNode ls) = await Json("ls");
        (_, JsonNode verify) = await Json("verify");
        string text = (await Text("ls")).Output;
        string blob = Directory.GetFiles(Path.Combine(_root, "unsigned", "cas"), "*", SearchOption.AllDirectories).Single();
        File.SetAttributes(blob, FileAttributes.Normal);
        File.WriteAllBytes(blob, new byte[5001]);
        ToolRun damaged = await Text("verify");
        (_, JsonNode gc) = await Json("gc", "--size", "0");

        Assert.Equal([pulled.Key.ToString()], ls["entries"]!.AsArray().Where(e => (bool)e!["unsigned"]!).Select(e => (string)e!["key"]!));
        Assert.Equal(3, (int)verify["whole"]!);
        Assert.Contains("  unsigned", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, damaged.ExitCode);
        Assert.Equal(2, gc["removed"]!.AsArray().Count);
        Assert.Empty(Directory.GetFiles(Path.Combine(_root, "unsigned", "cas"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("gc", "--size", "many", "MOPS2039")]
    [InlineData("pin", "zz", "", "MOPS2037")]
    public async Task What_cannot_be_is_one_code(string verb, string argument, string value, string code)
    {
        ToolRun run = value.Length > 0 ? await Text(verb, argument, value) : await Text(verb, argument);
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.Contains($"error {code}", run.Error, StringComparison.Ordinal);
    }
}
