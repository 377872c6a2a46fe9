using ModelOps.Backends.Clusters;
using ModelOps.Backends.Clusters.Slurm;

namespace ModelOps.Backends.Tests.Clusters;

/// <summary>
/// A Slurm of one node without accounts, as far as its programs show it. Its jobs do what the script does: ten steps of work, a checkpoint after every other one. Time passes by
/// a step whenever the queue is looked at. It knows only the options that the product says, and ends the test at any other.
/// </summary>
internal sealed class FakeSlurm : ISlurmTools
{
    public const int Steps = 10;

    private readonly List<Job> _jobs = [];
    private int _next = 100;

    /// <summary>Called before every program; it may change the world, or answer in the program's place.</summary>
    public Func<string, ToolAnswer?>? Before { get; set; }

    /// <summary>Called after every program that was run; it may lose the answer.</summary>
    public Func<string, ToolAnswer, ToolAnswer>? After { get; set; }

    /// <summary>Steps after which a job is ended, as Slurm does at its limit of time; 0: never.</summary>
    public int TimeLimit { get; set; }

    /// <summary>Exit code of the work at its fifth step; null: it goes well.</summary>
    public int? Fails { get; set; }

    /// <summary>Nodes do not see the folder.</summary>
    public bool IsBlind { get; set; }

    /// <summary>Jobs whose work came to its end.</summary>
    public int Completed { get; private set; }

    /// <summary>Most jobs that ran at a time.</summary>
    public int MostAtOnce { get; private set; }

    public int Submitted { get; private set; }

    public IReadOnlyList<string> LastSubmission { get; private set; } = [];

    public bool HasLive => _jobs.Exists(j => j.IsLive);

    public Task<ToolAnswer> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Before?.Invoke(program) is { } instead)
        {
            return Task.FromResult(instead);
        }

        ToolAnswer answer = program switch
        {
            "sbatch" => Submit(arguments),
            "squeue" => Queue(arguments),
            "scancel" => Cancel(arguments),
            "sacct" => new ToolAnswer(1, "", "Slurm accounting storage is disabled"),
            _ => throw new InvalidOperationException($"{program} is no program of Slurm that the product needs"),
        };
        return Task.FromResult(After?.Invoke(program, answer) ?? answer);
    }

    /// <summary>Ends the running job in the way of a word; with <c>REQUEUE</c> it is put into the queue again.</summary>
    public void End(string state)
    {
        if (_jobs.Find(j => j.State == "RUNNING") is not { } job)
        {
            return;
        }

        (job.State, job.Restarts, job.Step) = state == "REQUEUE" ? ("PENDING", job.Restarts + 1, 0) : (state, job.Restarts, job.Step);
    }

    /// <summary>Forgets jobs that are over, as Slurm does after some minutes.</summary>
    public void Purge() => _jobs.RemoveAll(j => !j.IsLive);

    private ToolAnswer Submit(IReadOnlyList<string> arguments)
    {
        string[] options = [.. arguments.SkipLast(1)];
        string[] known = ["--parsable", "--job-name", "--chdir", "--output", "--open-mode", "--requeue", "--dependency", "--export", "--partition", "--time"];
        Assert.All(options, o => Assert.Contains(o.Split('=')[0], known));
        Assert.All(known.Take(8), k => Assert.Single(options, o => o.Split('=')[0] == k));
        Assert.Equal("singleton", Value(options, "--dependency"));
        Assert.StartsWith("#!/bin/sh\n", File.ReadAllText(arguments[^1]), StringComparison.Ordinal);
        LastSubmission = arguments;
        Submitted++;
        var job = new Job(++_next, Value(options, "--job-name"), Value(options, "--chdir"));
        _jobs.Add(job);
        return new ToolAnswer(0, $"{job.Id}\n", "");
    }

    private ToolAnswer Queue(IReadOnlyList<string> arguments)
    {
        Assert.Equal(["--me", "--noheader", "--states=all", "--format=%A|%T|%r|%N"], arguments.Where(a => !a.StartsWith("--name=", StringComparison.Ordinal)));
        string name = Value(arguments, "--name");
        IEnumerable<string> lines = _jobs.Where(j => j.Name == name).Select(j => $"{j.Id}|{j.State}|{(j.State == "PENDING" ? "Priority" : "None")}|{(j.State == "RUNNING" ? "node1" : "")}");
        var answer = new ToolAnswer(0, string.Concat(lines.Select(l => l + "\n")), "");
        Pass();
        return answer;
    }

    private ToolAnswer Cancel(IReadOnlyList<string> arguments)
    {
        if (_jobs.Find(j => $"{j.Id}" == Assert.Single(arguments)) is not { } job)
        {
            return new ToolAnswer(1, "", $"scancel: error: Kill job error on job id {arguments[0]}: Invalid job id specified");
        }

        job.State = job.IsLive ? "CANCELLED" : job.State;
        return new ToolAnswer(0, "", "");
    }

    private void Pass()
    {
        foreach (Job job in _jobs.Where(j => j.State == "PENDING").ToList())
        {
            bool waits = _jobs.Exists(j => j.State == "RUNNING" || (j.State == "PENDING" && j.Name == job.Name && j.Id < job.Id));
            job.State = waits ? "PENDING" : "RUNNING";
        }

        MostAtOnce = Math.Max(MostAtOnce, _jobs.Count(j => j.State == "RUNNING"));
        if (_jobs.Find(j => j.State == "RUNNING") is { } running)
        {
            Work(running);
        }
    }

    // What the script of RunFolder and a worker do.
    private void Work(Job job)
    {
        var folder = new RunFolder(job.Folder);
        if (IsBlind || folder.IsDone)
        {
            job.State = IsBlind ? "FAILED" : "COMPLETED";
            return;
        }

        string attempt = Path.Combine(job.Folder, "attempts", $"{job.Id}.{job.Restarts}");
        Directory.CreateDirectory(attempt);
        Directory.CreateDirectory(folder.Checkpoints);
        string checkpoint = Path.Combine(folder.Checkpoints, "step");
        int done = job.Step == 0 && File.Exists(checkpoint) ? int.Parse(File.ReadAllText(checkpoint)) : Math.Max(job.Step, job.From);
        (job.From, job.Step, job.Ran) = (done, done + 1, job.Ran + 1);
        File.AppendAllText(Path.Combine(attempt, "output"), $"step {job.Step}\n");
        if (job.Step == 5 && Fails is { } code)
        {
            File.WriteAllText(Path.Combine(attempt, "exit"), $"{code}\n");
            job.State = "FAILED";
        }
        else if (job.Step >= Steps)
        {
            Directory.CreateDirectory(folder.Result);
            File.WriteAllText(Path.Combine(folder.Result, "weights"), "the weights");
            File.WriteAllText(Path.Combine(attempt, "exit"), "0\n");
            File.WriteAllText(Path.Combine(job.Folder, "done"), "");
            (job.State, Completed) = ("COMPLETED", Completed + 1);
        }
        else if (job.Step % 2 == 0)
        {
            File.WriteAllText(checkpoint, $"{job.Step}");
        }

        if (TimeLimit > 0 && job.Ran >= TimeLimit && job.IsLive)
        {
            job.State = "TIMEOUT";
        }
    }

    private static string Value(IReadOnlyList<string> options, string name) => options.Single(o => o.StartsWith($"{name}=", StringComparison.Ordinal))[(name.Length + 1)..];

    private sealed record Job(int Id, string Name, string Folder)
    {
        public string State { get; set; } = "PENDING";

        public int Restarts { get; set; }

        public int From { get; set; }

        public int Step { get; set; }

        public int Ran { get; set; }

        public bool IsLive => State is "PENDING" or "RUNNING";
    }
}
