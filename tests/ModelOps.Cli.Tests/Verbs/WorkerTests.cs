namespace ModelOps.Cli.Tests.Verbs;

/// <summary><c>modelops worker test</c>; what each check sees is tested where the suite runs on the real worker.</summary>
public sealed class WorkerTests
{
    private static readonly string s_worker = Path.Combine(AppContext.BaseDirectory, "ModelOps.Worker.dll"), s_mock = Path.Combine(AppContext.BaseDirectory, "ModelOps.MockWorker.dll");

    [Fact]
    public async Task Checks_that_pass_are_counted()
    {
        ToolRun run = await ToolRun.OfAsync(["worker", "test", s_worker, "--check", "no-request", "--check", "score"]);

        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Contains("passed       no-request", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("2 passed, 0 failed, 0 not offered\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checks_that_fail_say_what_was_seen_and_end_in_a_code()
    {
        ToolRun run = await ToolRun.OfAsync(["worker", "test", s_mock, "--check", "lora"]);

        Assert.Equal(ExitCode.Broken, run.ExitCode);
        Assert.StartsWith("FAILED       lora", run.Output, StringComparison.Ordinal);
        Assert.Contains("error MOPS3200: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_and_a_check_that_nobody_knows_are_errors()
    {
        ToolRun missing = await ToolRun.OfAsync(["worker", "test", "no-such-worker"]), unknown = await ToolRun.OfAsync(["worker", "test", s_worker, "--check", "mood"]);

        Assert.Contains("MOPS3001", missing.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, unknown.ExitCode);
    }
}
