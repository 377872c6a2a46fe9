using System.Diagnostics;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class CancellationTests
{
    [FactOnUnix]
    public async Task A_signal_stops_the_worker_and_ends_with_130()
    {
        using var folder = new TemporaryFolder();
        string trace = Path.Combine(folder.Path, "trace.txt");
        string input = folder.File("prompts.jsonl", """{"messages":[{"role":"user","content":"q"}]}""");
        var start = new ProcessStartInfo(
            "dotnet",
            [
                "exec", Path.Combine(AppContext.BaseDirectory, "dotnet-modelops.dll"), "model", "generate", "--model", "any", "--input", input,
                "--worker", Path.Combine(AppContext.BaseDirectory, "ModelOps.MockWorker.dll"),
            ]);
        start.Environment["MODELOPS_MOCK"] = "generate:hang";
        start.Environment["MODELOPS_MOCK_LOG"] = trace;

        using Process tool = Process.Start(start)!;
        while (!File.Exists(trace))
        {
            Assert.False(tool.HasExited);
            await Task.Delay(50);
        }

        await OtherProcess.OutputOfAsync("kill", "-TERM", tool.Id.ToString());
        await tool.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);

        Assert.Equal(ExitCode.Cancelled, tool.ExitCode);
    }
}
