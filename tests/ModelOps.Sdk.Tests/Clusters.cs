using System.Diagnostics;

namespace ModelOps.Sdk.Tests;

/// <summary><c>Trainer=slurm</c>: on programs that only look like Slurm's wherever these tests run, and on a real Slurm of one node where its packages are installed.</summary>
public sealed class Clusters
{
    private static readonly string[] s_files = ["adapter_config.json", "adapter_model.safetensors", "training.json"];

    [FactUnderShell]
    public void A_job_has_the_local_builds_key_and_bytes_and_none_of_its_secrets()
    {
        const string canary = "canary-5b1e7";
        TestRepository repository = new TestRepository("cluster").WithTriage().Property("Trainer", "slurm").Property("SlurmOptions", "--partition=gpu --time=1:00:00")
            .Property("SlurmExport", "ModelOps_Promised").Environment("MODELOPS_CANARY", canary).Environment("ModelOps_Promised", "promise").Save();
        string tools = FakeTools(repository);
        repository.Environment("PATH", $"{tools}:{Environment.GetEnvironmentVariable("PATH")}");

        BuildResult far = repository.Build("-v:n");
        string[] written = [.. Directory.GetFiles(tools, "job-*").Select(File.ReadAllText)];
        BuildResult near = repository.Build("--no-restore", "-p:Trainer=engine");
        BuildResult bad = repository.Build("--no-restore", "-p:SlurmOptions=--wrap=ls");
        repository.Environment("PATH", Path.GetDirectoryName(Environment.ProcessPath!)!);
        BuildResult nowhere = repository.Build("--no-restore", "-p:LoraRank=3");

        Assert.True(far.Succeeded, far.Output);
        Assert.Contains("submitted to Slurm as job 1", far.Output, StringComparison.Ordinal);
        Assert.Contains(written, w => w.Contains("promise", StringComparison.Ordinal));
        Assert.DoesNotContain(written, w => w.Contains(canary, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(repository.Store, "jobs")));
        Assert.Contains("up to date", near.Output, StringComparison.Ordinal);
        Assert.Equal(["MOPS3173"], bad.Codes);
        Assert.Equal(["MOPS3170"], nowhere.Codes);
        repository.Done();
    }

    [FactUnderSlurm]
    public void A_real_cluster_survives_requeue_cancel_and_the_loss_of_its_node_with_the_bytes_of_a_local_build()
    {
        using var node = new SlurmNode();
        TestRepository local = Repository("local").Save();
        TestRepository far = Repository("far").Property("Trainer", "slurm").Environment("SLURM_CONF", node.Configuration).Save();
        Assert.True(far.Run("restore").Succeeded);

        ProcessResult first;
        using (RunningProcess build = far.StartBuild(far.PathOf("first.log"), "--no-restore", "-v:n"))
        {
            Checkpoint(far, build);
            node.Run("scontrol requeue $(squeue -h -o %A)");
            Checkpoint(far, build, () => StartWhatWaits(node));
            node.Script("daemon");
            Checkpoint(far, build);
            node.Script("crash");
            node.Script("boot");
            Checkpoint(far, build, () => StartWhatWaits(node));
            build.Kill();
            first = build.Wait();
        }

        string jobs = node.Run("squeue -h -o %A");
        node.Run("scancel --me; sleep 1");
        BuildResult second = far.Build("--no-restore", "-v:n");
        BuildResult undisturbed = local.Build();

        Assert.Contains("PENDING", first.Output, StringComparison.Ordinal);
        Assert.Single(jobs.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(second.Succeeded, second.Output + node.Logs);
        Assert.Matches("continued after step [1-9]", second.Output);
        Assert.True(undisturbed.Succeeded, undisturbed.Output);
        Assert.All(s_files, file => Assert.Equal(File.ReadAllBytes(local.Obj($"adapter/{file}")), File.ReadAllBytes(far.Obj($"adapter/{file}"))));
        Assert.Equal(File.ReadAllBytes(local.Obj("fingerprint.json")), File.ReadAllBytes(far.Obj("fingerprint.json")));
        local.Done();
        far.Done();
    }

    // Long enough for all that is done to it, with a checkpoint at every other step.
    private static TestRepository Repository(string name) => new TestRepository(name).WithTriage().WithTinyBase().RealWorker()
        .Property("MaxSteps", "260").Property("Epochs", "200").Property("BatchSize", "8").Property("MaxNewTokens", "4").Property("ModelOpsGates", "false")
        .Property("ModelOpsCheckpointSteps", "2").Property("LoraRank", "4");

    /// <summary>A job that Slurm requeues waits for two minutes; the sleep makes it seen as waiting by who follows it.</summary>
    private static void StartWhatWaits(SlurmNode node)
        => node.Run("sleep 1; for job in $(squeue -h -t PD -o %A); do scontrol update jobid=$job starttime=now; done; true");

    /// <summary>Waits for a checkpoint that is younger than now.</summary>
    /// <param name="meanwhile">Done again and again until then.</param>
    private static void Checkpoint(TestRepository repository, RunningProcess build, Action? meanwhile = null)
    {
        string jobs = Path.Combine(repository.Store, "jobs");
        DateTime begun = DateTime.UtcNow, end = begun.AddMinutes(4);
        while (!build.HasExited && DateTime.UtcNow < end && !(Directory.Exists(jobs)
            && Directory.EnumerateFiles(jobs, "checkpoint.bin", SearchOption.AllDirectories).Any(f => File.GetLastWriteTimeUtc(f) > begun)))
        {
            meanwhile?.Invoke();
            Thread.Sleep(20);
        }

        Assert.False(build.HasExited, "The build ended before all was done to it.");
        Assert.True(DateTime.UtcNow < end, "No checkpoint was written for minutes.");
    }

    /// <summary>A Slurm that starts a job as a process at once, with the variables that it was told and no others.</summary>
    private static string FakeTools(TestRepository repository)
    {
        const string submit = """
            #!/bin/sh
            here=$(dirname "$0")
            for word; do case $word in --export=*) names=$(echo "${word#--export=}" | tr , ' ');; --job-name=*) name=${word#--job-name=};; *) script=$word;; esac; done
            set --; for n in $names; do eval "v=\${$n-}"; [ -n "$v" ] && set -- "$@" "$n=$v"; done
            env -i "$@" env >"$here/job-1"
            echo "1|RUNNING|None|node1" >"$here/queue"
            (env -i "$@" SLURM_JOB_ID=1 sh "$script" >/dev/null 2>&1; echo "1|COMPLETED|None|node1" >"$here/queue") </dev/null >/dev/null 2>&1 &
            echo 1
            """;
        string folder = Path.GetDirectoryName(repository.Write("../tools/sbatch", submit.ReplaceLineEndings("\n")).PathOf("../tools/sbatch"))!;
        repository.Write("../tools/squeue", "#!/bin/sh\ncat \"$(dirname \"$0\")/queue\" 2>/dev/null; exit 0\n");
        repository.Write("../tools/scancel", "#!/bin/sh\nexit 0\n");
        Programs.Make(folder);

        return Path.GetFullPath(folder);
    }
}

/// <summary>Needs the programs of a whole Slurm, and root: its daemons are started on loopback for the test alone.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactUnderSlurmAttribute() : FactUnderAttribute("Slurm (packages slurm-wlm and munge, and root)", "sh", "-c", "test $(id -u) = 0 && slurmctld -V && slurmd -V && command -v munged sbatch");

/// <summary>A Slurm of one node, for as long as a test lasts.</summary>
internal sealed class SlurmNode : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelops-slurm-").FullName;

    public SlurmNode() => Script("start");

    public string Configuration => Path.Combine(_folder, "slurm.conf");

    public string Logs => string.Join('\n', Directory.GetFiles(_folder, "*.log").SelectMany(f => File.ReadLines(f).TakeLast(20)));

    public void Script(string verb) => Run($"'{Path.Combine(SourceTree.Root, "eng", "slurm-node.sh")}' {verb} '{_folder}'");

    public string Run(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = Configuration;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}: {output}{errors.GetAwaiter().GetResult()}{Logs}");
        return output;
    }

    public void Dispose()
    {
        Script("stop");
        Directory.Delete(_folder, recursive: true);
    }
}
