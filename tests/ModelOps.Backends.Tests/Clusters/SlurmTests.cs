using System.Diagnostics;
using ModelOps.Backends.Clusters;
using ModelOps.Backends.Clusters.Slurm;

namespace ModelOps.Backends.Tests.Clusters;

public sealed class SlurmTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--partition=gpu --gres=gpu:1  --time=8:00:00", "--partition=gpu", "--gres=gpu:1", "--time=8:00:00")]
    [InlineData("-p gpu -N 2 --constraint=\"a100 & fast\"", "-p", "gpu", "-N", "2", "--constraint=a100 & fast")]
    [InlineData("--no-kill --nodes=2 --exclusive ''", "--no-kill", "--nodes=2", "--exclusive", "")]
    [InlineData("  ")]
    public void Options_are_split_as_a_shell_would(string line, params string[] words)
    {
        Assert.Equal(words, SlurmOptions.Split(line, out string? problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("--job-name=mine")]
    [InlineData("--job mine")]
    [InlineData("-J mine")]
    [InlineData("-Jmine")]
    [InlineData("--output=x")]
    [InlineData("--export=ALL")]
    [InlineData("--exp=ALL")]
    [InlineData("--wrap=ls")]
    [InlineData("--array=1-3")]
    [InlineData("--wait")]
    [InlineData("--no-requeue")]
    [InlineData("--dependency=after:1")]
    [InlineData("-- other.sh")]
    [InlineData("--comment='a")]
    [InlineData("--comment=a\u0007")]
    public void What_is_ours_or_unclear_is_refused(string line)
    {
        SlurmOptions.Split(line, out string? problem);
        Assert.NotNull(problem);
    }

    [Fact]
    public void Every_word_of_squeues_manual_has_a_meaning_and_an_unknown_one_goes_on()
    {
        string[] words =
        [
            "BOOT_FAIL", "CANCELLED", "COMPLETED", "CONFIGURING", "COMPLETING", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PENDING", "PREEMPTED", "RUNNING", "RESV_DEL_HOLD", "REQUEUE_FED",
            "REQUEUE_HOLD", "REQUEUED", "RESIZING", "REVOKED", "SIGNALING", "SPECIAL_EXIT", "STAGE_OUT", "STOPPED", "SUSPENDED", "TIMEOUT",
        ];
        Assert.All(words, w => Assert.NotEqual(ClusterState.Unknown, SlurmCluster.StateOf(w)));
        Assert.False(new ClusterJob("1", SlurmCluster.StateOf("TELEPORTING"), "").IsOver);
    }

    [Fact]
    public async Task Accounts_are_asked_where_the_queue_has_forgotten()
    {
        var tools = new Answers
        {
            ["squeue"] = new ToolAnswer(0, "", ""),
            ["sacct"] = new ToolAnswer(0, "12|CANCELLED by 1000\n13|OUT_OF_MEMORY\n", ""),
        };
        IReadOnlyList<ClusterJob> jobs = await new SlurmCluster(new SlurmOptions([], []), tools).FindAsync("x", CancellationToken.None);
        Assert.Equal([new ClusterJob("12", ClusterState.Cancelled, "CANCELLED by 1000"), new ClusterJob("13", ClusterState.OutOfMemory, "OUT_OF_MEMORY")], jobs);
    }

    [Fact]
    public async Task A_machine_without_slurm_is_told_so()
    {
        DiagnosticException failure = await Assert.ThrowsAsync<DiagnosticException>(() => new SlurmTools().RunAsync("squeue-that-is-nowhere", [], CancellationToken.None));
        Assert.Equal("MOPS3170", failure.Diagnostic.Code);
    }

    [Fact]
    public async Task A_job_gets_the_variables_it_was_promised_and_no_others()
    {
        var slurm = new FakeSlurm();
        await new SlurmCluster(new SlurmOptions(["--time=1"], ["HF_HOME", "PATH"]), slurm).SubmitAsync(Order(), CancellationToken.None);
        Assert.Contains("--export=DOTNET_ROOT,HOME,LANG,LOGNAME,PATH,USER,HF_HOME", slurm.LastSubmission);
    }

    /// <summary>The script itself, run by a real shell: the command's streams and its exit code stay apart, and a work that is done is not done again.</summary>
    [Fact]
    public void The_script_keeps_what_a_command_says_and_runs_it_once()
    {
        var folder = new RunFolder(_folder["it's a folder"]);
        Directory.CreateDirectory(folder.Path);
        folder.WriteScript("sh -c 'echo said; echo complained >&2; echo x >>runs; exit ${CODE:-0}'");
        Assert.Equal(7, Sh(folder.Script, ("SLURM_JOB_ID", "41"), ("CODE", "7")));
        Assert.False(folder.IsDone);
        Assert.Equal(0, Sh(folder.Script, ("SLURM_JOB_ID", "41"), ("SLURM_RESTART_COUNT", "1")));
        Assert.Equal(0, Sh(folder.Script, ("MODELOPS_ATTEMPT", "42.0")));
        Assert.True(folder.IsDone);
        Assert.Equal([(41L, 0, (int?)7), (41L, 1, (int?)0)], folder.Attempts.Select(a => (a.Job, a.Start, a.ExitCode)));
        Assert.Equal(("said\n", "complained\n"), (File.ReadAllText(folder.Attempts[1].Output), File.ReadAllText(folder.Attempts[1].Errors)));
        Assert.Equal(2, File.ReadAllLines(Path.Combine(folder.Path, "runs")).Length);
    }

    [Fact]
    public void Half_a_line_waits_for_its_end()
    {
        string file = _folder.Write("lines", "one\ntw");
        var tail = new LineTail(file);
        Assert.Equal(["one"], tail.Next());
        File.AppendAllText(file, "o\r50%\rthr\u00E9");
        Assert.Equal(["two", "50%"], tail.Next());
        Assert.Equal("thr\u00E9", tail.Rest());
        Assert.Empty(new LineTail(_folder["nothing"]).Next());
    }

    private ClusterOrder Order()
    {
        var folder = new RunFolder(_folder["run"]);
        Directory.CreateDirectory(folder.Path);
        folder.WriteScript("true");
        return new ClusterOrder("modelops-x", folder.Script, folder.Path);
    }

    private static int Sh(string script, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("/bin/sh", [script]);
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private sealed class Answers : Dictionary<string, ToolAnswer>, ISlurmTools
    {
        public Task<ToolAnswer> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation) => Task.FromResult(this[program]);
    }
}
