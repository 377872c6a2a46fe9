using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Tests;

public sealed class LookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();

    public LookTests()
    {
        _folder.Write("p.csproj", "<Project />");
        _folder.Write("a.jsonl", "one");
        _folder.Write("b.jsonl", "two");
        _folder.Write("base/config.json", "{}");
        Age("p.csproj", "a.jsonl", "b.jsonl", "base/config.json");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void First_look_moved_second_did_not()
    {
        Assert.True(LookNow().Moved);
        DateTime written = File.GetLastWriteTimeUtc(_folder["look"]);
        Assert.False(LookNow().Moved);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder["look"]));
    }

    public static TheoryData<string> Edits => ["content", "same size and time", "touch", "delete", "rename", "new file", "setting", "item metadata", "gate", "base model", "base file gone", "project"];

    [Theory]
    [MemberData(nameof(Edits))]
    public void Every_edit_is_seen(string edit)
    {
        LookNow();
        DateTime time = File.GetLastWriteTimeUtc(_folder["a.jsonl"]);
        string[] files = ["a.jsonl", "b.jsonl"];
        (string, string)[] settings = [];
        var metadata = new Dictionary<string, string>();
        string bound = "0.8";
        switch (edit)
        {
            case "content": _folder.Write("a.jsonl", "longer"); break;
            case "same size and time":
                _folder.Write("a.jsonl", "eno");
                File.SetLastWriteTimeUtc(_folder["a.jsonl"], time);
                break;
            case "touch": File.SetLastWriteTimeUtc(_folder["a.jsonl"], DateTime.UtcNow.AddDays(-9)); break;
            case "delete": files = ["b.jsonl"]; break;
            case "rename":
                File.Move(_folder["a.jsonl"], _folder["c.jsonl"]);
                files = ["b.jsonl", "c.jsonl"];
                break;
            case "new file":
                _folder.Write("c.jsonl", "");
                files = ["a.jsonl", "b.jsonl", "c.jsonl"];
                break;
            case "setting": settings = [(Names.Epochs, "4")]; break;
            case "item metadata": metadata["x"] = "y"; break;
            case "gate": bound = "0.9"; break;
            case "base model": _folder.Write("base/config.json", "{ }"); break;
            case "base file gone": File.Delete(_folder["base/config.json"]); break;
            case "project": _folder.Write("p.csproj", "<Project> </Project>"); break;
        }

        Assert.True(LookNow(files, settings, metadata, bound).Moved);
    }

    [Fact]
    public void File_as_young_as_the_look_is_looked_at_again()
    {
        _folder.Write("a.jsonl", "now");
        LookNow();
        File.SetLastWriteTimeUtc(_folder["a.jsonl"], DateTime.UtcNow.AddSeconds(1));
        Assert.True(LookNow().Moved);
        Thread.Sleep(1100);

        // Nothing has happened to it since, but no stamp could have told.
        Assert.True(LookNow().Moved);
    }

    [Fact]
    public void Asking_writes_nothing()
    {
        Assert.True(LookNow(askOnly: true).Moved);
        Assert.False(File.Exists(_folder["look"]));
    }

    [Fact]
    public void Force_always_moves() => Assert.True(LookNow(settings: [(Names.ModelOpsForce, "true")]).Moved && LookNow(settings: [(Names.ModelOpsForce, "true")]).Moved);

    [Fact]
    public void Receipt_is_withdrawn_when_its_file_changed()
    {
        LookNow();
        foreach (string stage in Names.ReceiptStages)
        {
            _folder.Write($"out/{stage}", "result");
            new Receipt().Fact("key", "sha256:0123456789abcdef").Fact("verdict", "passed").Fact("summary", "gates passed").File(_folder[$"out/{stage}"]).Write(_folder[$"receipts/{stage}"]);
        }

        LookResult whole = LookNow();
        Assert.True(whole is { Moved: false, Complete: true, Verdict: "passed" });
        Assert.Contains("p -> up to date (key 0123456789ab), gates passed", _log.Messages);

        _folder.Write("out/Train", "damaged");
        LookResult damaged = LookNow();
        Assert.False(damaged.Complete);
        Assert.False(File.Exists(_folder["receipts/Train"]));
        Assert.True(File.Exists(_folder["receipts/Gate"]));
    }

    [Theory]
    [InlineData("LearningRat", "LearningRate")]
    [InlineData("lorarnk", "LoraRank")]
    [InlineData("ModelOpsForc", "ModelOpsForce")]
    [InlineData("Epoch", "Epochs")]
    public void Near_miss_on_the_command_line(string name, string meant)
    {
        Look.Run(Request() with { GlobalProperties = [name] }, _log);
        Assert.Contains($"'{meant}'", Assert.Single(_log.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Configuration")]
    [InlineData("Version")]
    [InlineData("LearningRate")]
    [InlineData("SolutionDir")]
    public void Other_names_on_the_command_line(string name)
    {
        Look.Run(Request() with { GlobalProperties = [name] }, _log);
        Assert.Empty(_log.Diagnostics);
    }

    private LookResult LookNow(string[]? files = null, (string, string)[]? settings = null, Dictionary<string, string>? metadata = null, string bound = "0.8", bool askOnly = false)
        => Look.Run(Request(files, settings, metadata, bound) with { AskOnly = askOnly }, _log);

    private LookRequest Request(string[]? files = null, (string, string)[]? settings = null, Dictionary<string, string>? metadata = null, string bound = "0.8")
    {
        ProjectInputs inputs = TestInputs.Of(_folder["p.csproj"], settings ?? []) with
        {
            ProjectFiles = [_folder["p.csproj"]],
            TrainingData = [.. (files ?? ["a.jsonl", "b.jsonl"]).Select(f => TestInputs.Data(_folder[f]) with { Metadata = metadata ?? [] })],
            Gates = [new ProjectItem(Names.EvalGate, "ExactMatch", "", new Dictionary<string, string> { ["Minimum"] = bound })],
        };
        return new LookRequest(inputs, _folder["look"], _folder["receipts"], []);
    }

    /// <summary>Makes files old enough to be trusted: ctime cannot be set, so this waits out the clock's granularity.</summary>
    private void Age(params string[] files)
    {
        Array.ForEach(files, f => File.SetLastWriteTimeUtc(_folder[f], DateTime.UtcNow.AddMinutes(-1)));
        Thread.Sleep(40);
    }
}
