namespace ModelOps.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("trian")]
    [InlineData("train", "one", "two")]
    [InlineData("train", "--property", "LoraRank")]
    [InlineData("train", "--verbosity", "loud")]
    [InlineData("train", "--nosuch")]
    public async Task What_cannot_be_understood_is_one_coded_line_each_and_exit_code_2(params string[] args)
    {
        ToolRun run = await ToolRun.OfAsync(args);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.All(run.Error.TrimEnd().Split('\n'), line => Assert.StartsWith("modelops: error MOPS9010: ", line, StringComparison.Ordinal));
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_the_seven_words_of_the_flow_that_are_verbs()
    {
        ToolRun run = await ToolRun.OfAsync(["--help"]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.All(["validate", "fingerprint", "train", "evaluate", "gate", "package"], verb => Assert.Contains($"\n  {verb} ", run.Output, StringComparison.Ordinal));
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task No_verb_at_all_prints_help()
    {
        ToolRun help = await ToolRun.OfAsync(["--help"]), nothing = await ToolRun.OfAsync([]);

        Assert.Equal(help, nothing);
    }

    [Theory]
    [InlineData("MOPS1003", ExitCode.BadInput)]
    [InlineData("MOPS2004", ExitCode.BadInput)]
    [InlineData("MOPS3003", ExitCode.Broken)]
    [InlineData("MOPS3051", ExitCode.BadInput)]
    [InlineData("MOPS3056", ExitCode.Broken)]
    [InlineData("MOPS3057", ExitCode.Host)]
    [InlineData("MOPS3060", ExitCode.BadInput)]
    [InlineData("MOPS3063", ExitCode.Broken)]
    [InlineData("MOPS3064", ExitCode.Host)]
    [InlineData("MOPS3065", ExitCode.BadInput)]
    [InlineData("MOPS4009", ExitCode.Broken)]
    [InlineData("MOPS5001", ExitCode.Failed)]
    [InlineData("MOPS6001", ExitCode.Failed)]
    [InlineData("MOPS9010", ExitCode.Usage)]
    [InlineData("MOPS9012", ExitCode.Host)]
    [InlineData("NU1101", ExitCode.Failed)]
    [InlineData(null, ExitCode.Failed)]
    public void A_code_decides_the_exit_code(string? code, int expected) => Assert.Equal(expected, ExitCode.For(code));
}
