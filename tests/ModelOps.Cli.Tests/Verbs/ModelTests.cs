using System.Text.Json.Nodes;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class ModelTests
{
    private const string Prompts = """
        {"messages":[{"role":"user","content":"what colour"}]}
        {"id":"mine","messages":[{"role":"user","content":"and now"},{"role":"assistant","content":"left out"}]}
        """;

    private static readonly string s_worker = Path.Combine(AppContext.BaseDirectory, "ModelOps.MockWorker.dll");

    [Fact]
    public async Task Answers_come_as_JSON_Lines_and_nothing_beside_them()
    {
        ToolRun run = await ToolRun.OfAsync(["model", "generate", "--model", "any", "--worker", s_worker], Prompts);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        JsonNode[] lines = [.. run.Output.TrimEnd().Split('\n').Select(l => JsonNode.Parse(l)!)];
        Assert.Equal(["1", "mine"], lines.Select(l => (string?)l["id"]));
        Assert.All(lines, l => Assert.Equal("unknown", (string?)l["text"]));
    }

    [Fact]
    public async Task Input_and_output_may_be_files()
    {
        using var folder = new TemporaryFolder();
        string input = folder.File("rows.jsonl", """{"prompt":"q","completion":"a"}"""), output = Path.Combine(folder.Path, "scores.jsonl");

        ToolRun run = await ToolRun.OfAsync(["model", "score", "-m", folder.Path, "-i", input, "-o", output, "--worker", s_worker]);

        Assert.Equal((ExitCode.Ok, "", ""), (run.ExitCode, run.Output, run.Error));
        Assert.Equal(2, (int)JsonNode.Parse(Assert.Single(await File.ReadAllLinesAsync(output)))!["tokens"]!);
    }

    [Fact]
    public async Task A_quantised_base_is_asked_for_by_name()
    {
        using var folder = new TemporaryFolder();
        string input = folder.File("rows.jsonl", """{"prompt":"q","completion":"a"}""");
        foreach (string verb in new[] { "score", "generate" })
            Assert.Equal(ExitCode.Ok, (await ToolRun.OfAsync(["model", verb, "-m", folder.Path, "-i", input, "--quantization", "nf4", "--worker", s_worker])).ExitCode);
        Assert.Equal(ExitCode.Usage, (await ToolRun.OfAsync(["model", "mask", "-m", folder.Path, "-i", input, "--quantization", "nf4", "--worker", s_worker])).ExitCode);
    }

    [Fact]
    public async Task What_the_worker_diagnoses_is_printed_and_decides_the_exit_code()
    {
        OtherProcess run = await OtherProcess.RunAsync(
            "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "dotnet-modelops.dll"), "model", "generate", "--model", "any", "--worker", s_worker],
            Prompts,
            ("MODELOPS_MOCK", "generate:error"));

        Assert.Equal((ExitCode.Broken, "", "train.jsonl(3,7): error MOPS3101: The loss is not a number."), (run.ExitCode, run.Output, run.Error.TrimEnd()));
    }

    [Fact]
    public async Task A_missing_input_is_bad_input()
    {
        ToolRun run = await ToolRun.OfAsync(["model", "render", "--model", "any", "--input", "no/such.jsonl", "--worker", s_worker]);

        Assert.Equal(ExitCode.BadInput, run.ExitCode);
        Assert.StartsWith("no/such.jsonl: error MOPS2106: ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--temperature", "3")]
    [InlineData("--top-p", "0")]
    [InlineData("--repeats", "0")]
    [InlineData("--max-new-tokens", "many")]
    [InlineData("--quantization", "fp4")]
    [InlineData("--repetition-penalty", "0")]
    [InlineData("--top-log-probabilities", "21")]
    [InlineData("--json-schema", "no/such.json")]
    [InlineData("--adapter-for", "folder")]
    [InlineData("--adapter-for", "=folder")]
    [InlineData("--adapter-for", "name=")]
    public async Task Decoding_out_of_range_is_a_usage_error(string option, string value)
        => Assert.Equal(ExitCode.Usage, (await ToolRun.OfAsync(["model", "generate", "--model", "any", option, value])).ExitCode);

    [Fact]
    public async Task A_model_must_be_named()
        => Assert.Equal(ExitCode.Usage, (await ToolRun.OfAsync(["model", "render"])).ExitCode);
}
