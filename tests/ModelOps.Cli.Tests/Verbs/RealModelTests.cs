using System.Text.Json.Nodes;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Cli.Tests.Verbs;

/// <summary>The tool as a process, with the real worker and the sample's base model.</summary>
public sealed class RealModelTests
{
    private const string Row = """{"id":"a","messages":[{"role":"user","content":"What colour is the sky?"},{"role":"assistant","content":"Blue, mostly."}]}""";

    private static readonly string s_model = FindModel();

    [Fact]
    public async Task Tokens_decode_to_the_text_again()
    {
        JsonNode line = Assert.Single(await LinesAsync("""{"text":"Grüße, 12 🙂\n"}""", "tokenize"));

        Assert.Equal("Grüße, 12 🙂\n", (string?)line["decoded"]);
        Assert.Equal(line["ids"]!.AsArray().Count, line["tokens"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_mask_covers_the_answer_of_the_rendered_conversation()
    {
        string text = (string)Assert.Single(await LinesAsync(Row, "render"))["text"]!;
        JsonNode masked = Assert.Single(await LinesAsync(Row, "mask"));

        Assert.Contains("What colour is the sky?", text, StringComparison.Ordinal);
        Assert.StartsWith("Blue, mostly.", (string?)masked["scored"], StringComparison.Ordinal);
        Assert.DoesNotContain("sky", (string?)masked["scored"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scores_of_single_tokens_add_up_to_the_score_of_the_answer()
    {
        JsonNode whole = Assert.Single(await LinesAsync(Row, "score")), each = Assert.Single(await LinesAsync(Row, "score", "--per-token"));
        JsonNode masked = Assert.Single(await LinesAsync(Row, "mask"));

        Assert.Null(whole["ids"]);
        int[] scored = [.. masked["ids"]!.AsArray().Zip(masked["mask"]!.AsArray()).Where(t => (int)t.Second! == 1).Select(t => (int)t.First!)];
        Assert.Equal(scored, each["ids"]!.AsArray().Select(id => (int)id!));
        Assert.Equal((double)whole["negativeLogLikelihood"]!, -each["logProbabilities"]!.AsArray().Sum(p => (double)p!), 3);
        Assert.Equal((double)whole["negativeLogLikelihood"]!, (double)each["negativeLogLikelihood"]!);
    }

    [Fact]
    public async Task Every_option_of_decoding_reaches_the_worker()
    {
        string[] sampled = ["generate", "--max-new-tokens", "6", "--temperature", "0.9", "--top-k", "50", "--top-p", "0.95", "--seed", "3", "--repeats", "2"];
        JsonNode[] plain = await LinesAsync(Row, sampled), again = await LinesAsync(Row, sampled);
        Assert.Equal(2, plain.Length);
        Assert.Equal(plain.Select(l => (string?)l["text"]), again.Select(l => (string?)l["text"]));

        JsonNode told = Assert.Single(await LinesAsync(Row, "generate", "--max-new-tokens", "6", "--repetition-penalty", "1.3", "--log-probabilities", "--top-log-probabilities", "2"));
        Assert.NotEmpty(told["tokens"]!.AsArray());
        Assert.All(told["tokens"]!.AsArray(), t => Assert.True((double)t!["logProbability"]! <= 0));

        using var folder = new TemporaryFolder();
        string schema = folder.File("schema.json", """{"type":"boolean"}""");
        Assert.Contains((string?)Assert.Single(await LinesAsync(Row, "generate", "--json-schema", schema))["text"], (string[])["true", "false"]);
    }

    [Fact]
    public async Task A_line_goes_to_the_adapter_that_it_names_and_to_no_other()
    {
        using var folder = new TemporaryFolder();
        string named = "{\"adapter\":\"a\"," + Row[1..];
        Assert.Single(await LinesAsync(named, "generate", "--max-new-tokens", "2"));
        OtherProcess absent = await RunAsync(named, ExitCode.BadInput, "generate", "--adapter-for", $"a={Path.Combine(folder.Path, "absent")}");
        Assert.Contains("absent", absent.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_adapter_answers_for_its_lines_as_it_does_alone()
    {
        using var folder = new TemporaryFolder();
        string adapter = Path.Combine(folder.Path, "adapter"), named = "{\"adapter\":\"a\"," + Row[1..];
        using (LlamaModel model = LlamaModel.Load(s_model))
        {
            TrainingExample row = TrainingExample.AllScored([.. Enumerable.Range(10, 40)]);
            var options = new TrainingOptions { LearningRate = 0.05, Epochs = 5, BatchSize = 1, TargetModules = ["q_proj", "v_proj"] };
            using LoraAdapter trained = SupervisedTrainer.Run(model, [row], [], options).Adapter!;
            trained.Save(adapter);
        }

        string[] texts = [.. (await LinesAsync(Row + "\n" + named, "generate", "--max-new-tokens", "8", "--adapter-for", $"a={adapter}")).Select(l => (string)l["text"]!)];
        string plain = (string)Assert.Single(await LinesAsync(Row, "generate", "--max-new-tokens", "8"))["text"]!;
        string alone = (string)Assert.Single(await LinesAsync(Row, "generate", "--max-new-tokens", "8", "--adapter", adapter))["text"]!;

        Assert.NotEqual(plain, alone);
        Assert.Equal([plain, alone], texts);
    }

    [Fact]
    public async Task Inspect_says_what_the_model_is()
    {
        JsonNode model = JsonNode.Parse((await RunAsync("", ExitCode.Ok, "inspect")).Output)!;

        Assert.Equal("llama", (string?)model["architecture"]);
        Assert.True((long)model["parameters"]! > 100_000);
        Assert.InRange((long)model["weightBytes"]!, 1, new FileInfo(Path.Combine(s_model, "model.safetensors")).Length * 2);
        Assert.True((long)model["memoryBytes"]! > (long)model["weightBytes"]!);
    }

    [Fact]
    public async Task A_row_without_an_answer_is_refused_with_the_line_it_stands_in()
    {
        OtherProcess run = await RunAsync("\n" + Row + "\n{\"messages\":[{\"role\":\"user\"}]}", ExitCode.BadInput, "mask");

        Assert.StartsWith("(standard input)(3", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    private static async Task<JsonNode[]> LinesAsync(string input, params string[] verb)
        => [.. (await RunAsync(input, ExitCode.Ok, verb)).Output.TrimEnd().Split('\n').Select(l => JsonNode.Parse(l)!)];

    private static async Task<OtherProcess> RunAsync(string input, int exitCode, params string[] verb)
    {
        string[] arguments =
        [
            "exec", Path.Combine(AppContext.BaseDirectory, "dotnet-modelops.dll"), "model", .. verb,
            "--model", s_model, "--worker", Path.Combine(AppContext.BaseDirectory, "ModelOps.Worker.dll"),
        ];
        OtherProcess run = await OtherProcess.RunAsync("dotnet", arguments, input);
        Assert.True(run.ExitCode == exitCode, run.Error);
        return run;
    }

    private static string FindModel()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "sample-repo")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "sample-repo", "models", "tiny-base");
    }
}
