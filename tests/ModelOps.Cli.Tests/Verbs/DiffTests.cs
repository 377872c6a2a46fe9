using System.IO.Compression;
using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Comparing;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class DiffTests : IDisposable
{
    private readonly FixtureProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task The_adapter_at_hand_is_compared_with_now_when_nothing_is_said()
    {
        _project.Train(_project.Fingerprint(1e-4, "Is it red?", "Does the parcel come on Monday or on Tuesday?"));
        _project.Fingerprint(2e-4, "Is it red?", "Does the parcel come on Monday or on Friday?");

        ToolRun run = await DiffAsync();

        Assert.Equal(
            """
            trained -> now
              1 row changed in data/train/rows.jsonl (line 2)
                ~ data/train/rows.jsonl(2)
                    user: Does the parcel come on Monday or on [-Tuesday-]{+Friday+}?⏎assistant: yes
              train: LearningRate 1e-4 -> 2e-4

            """.ReplaceLineEndings("\n"), run.Output);
        Assert.Equal("nothing differs", (await DiffAsync("trained", "trained")).Output.Split('\n')[1].Trim());
    }

    [Fact]
    public async Task Json_holds_pieces_of_text()
    {
        _project.Train(_project.Fingerprint(1e-4, "Does the parcel come on Monday or on Tuesday?"));
        _project.Fingerprint(1e-4, "Does the parcel come on Monday or on Friday?");

        JsonNode json = JsonNode.Parse((await DiffAsync("trained", "now", "--json")).Output)!;

        JsonArray pieces = json["rows"]![0]!["changed"]![0]!["difference"]!.AsArray();
        Assert.Equal(["-Tuesday", "+Friday"], pieces.Where(p => (string?)p!["sign"] != " ").Select(p => $"{p!["sign"]}{p["text"]}"));
        Assert.Equal(("diff", "trained", "now"), ((string?)json["verb"], (string?)json["before"], (string?)json["after"]));
    }

    [Fact]
    public async Task Keys_of_the_store_packages_and_other_projects_are_states_too()
    {
        FingerprintFile first = Record(_project.Fingerprint(1e-4, "Is it red?"));
        string package = Pack(first, "a.nupkg");
        using var other = new FixtureProject();
        other.Fingerprint(1e-4, "Is it red?", "Where do I find my invoices from last year?");
        FingerprintFile second = Record(_project.Fingerprint(3e-4, "Is it red?"));

        Assert.Contains("Train: LearningRate 1e-4 -> 3e-4", (await DiffAsync(first.Key.Hex[..12], second.Key.Hex[..8])).Output, StringComparison.Ordinal);
        Assert.Contains("Train: LearningRate 1e-4 -> 5e-4", (await DiffAsync(package, Pack(Of(5e-4), "b.nupkg"))).Output, StringComparison.Ordinal);
        Assert.Contains("1 row added in data/train/rows.jsonl (line 2)", (await DiffAsync("now", Path.Combine(other.Files.Directory))).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-thing", "MOPS2115")]
    [InlineData(".", "MOPS2117")]
    public async Task What_is_no_state_has_a_code(string name, string code)
    {
        _project.Fingerprint(1e-4, "Is it red?");
        ToolRun run = await DiffAsync(name == "." ? Directory.CreateDirectory(Path.Combine(_project.Folder, "empty")).FullName : name, "now");
        Assert.Contains($"error {code}", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, run.ExitCode);
    }

    [Fact]
    public async Task A_package_of_somebody_else_is_no_model_package()
    {
        _project.Fingerprint(1e-4, "Is it red?");
        string path = Path.Combine(_project.Folder, "other.nupkg");
        await File.WriteAllTextAsync(path, "no archive");
        Assert.Contains("error MOPS2118", (await DiffAsync(path, "now")).Error, StringComparison.Ordinal);
    }

    private Task<ToolRun> DiffAsync(params string[] arguments) => ToolRun.OfAsync(["diff", .. arguments, "--project", _project.Path]);

    private static FingerprintFile Of(double learningRate) => FingerprintFile.Of("Train", new KeyFields().Add("learningRate", learningRate));

    /// <summary>Leaves in the store what a training of this key leaves there.</summary>
    private FingerprintFile Record(FingerprintFile fingerprint)
    {
        var trained = FingerprintFile.Of("Train", fingerprint.Fields);
        new ModelStore(_project.Store, new RecordingLog()).Put(trained, _project.Files.Fingerprint);
        new ManifestArchive(_project.Store).Keep(trained.Key, _project.Files.Dataset);
        return trained;
    }

    private string Pack(FingerprintFile training, string name)
    {
        string path = Path.Combine(_project.Folder, name);
        using ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Write("lineage/fingerprint.json", training.ToBytes());
        Write("lineage/eval.json", """{"fields":{"trainingKey":"x"}}"""u8.ToArray());
        return path;

        void Write(string entry, byte[] bytes)
        {
            using Stream stream = archive.CreateEntry(entry).Open();
            stream.Write(bytes);
        }
    }
}
