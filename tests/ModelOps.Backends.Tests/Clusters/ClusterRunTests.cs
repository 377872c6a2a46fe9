using ModelOps.Backends.Clusters;
using ModelOps.Backends.Clusters.Slurm;

namespace ModelOps.Backends.Tests.Clusters;

public sealed class ClusterRunTests : IDisposable
{
    private static readonly ToolAnswer s_silence = new(1, "", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)");
    private readonly TemporaryFolder _folder = new();
    private readonly FakeSlurm _slurm = new();
    private readonly VirtualClock _clock = new();
    private readonly MessageLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_is_submitted_followed_and_its_words_are_read()
    {
        var said = new Words();
        ClusterResult result = await Run(said);
        Assert.Equal((0, 1, 1), (result.ExitCode, _slurm.Completed, _slurm.Submitted));
        Assert.Equal(Enumerable.Range(1, FakeSlurm.Steps).Select(s => $"step {s}"), said.Lines);
        Assert.Equal("the weights", File.ReadAllText(_folder["run/result/weights"]));
        Assert.Contains(_log.Lines, l => l.Contains("RUNNING (node1)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_next_build_follows_the_job_of_one_that_was_killed_even_when_it_is_over_and_forgotten()
    {
        await Killed(after: 4);
        var said = new Words();
        Assert.Equal(0, (await Run(said)).ExitCode);
        _slurm.Purge();
        Assert.Equal(0, (await Run(new Words())).ExitCode);
        Assert.Equal((1, 1), (_slurm.Submitted, _slurm.Completed));
        Assert.Equal("step 1", said.Lines[0]);
    }

    [Theory]
    [InlineData("REQUEUE", 1)]
    [InlineData("NODE_FAIL", 2)]
    [InlineData("PREEMPTED", 2)]
    [InlineData("TIMEOUT", 2)]
    [InlineData("BOOT_FAIL", 2)]
    public async Task A_machine_that_is_taken_away_costs_steps_and_no_result(string how, int submissions)
    {
        int looks = 0;
        _slurm.Before = program => { if (program == "squeue" && ++looks == 6) { _slurm.End(how); } return null; };
        var said = new Words();
        Assert.Equal(0, (await Run(said)).ExitCode);
        Assert.Equal((submissions, 1), (_slurm.Submitted, _slurm.Completed));
        Assert.Equal(2, said.Starts);
        Assert.NotEqual("step 1", said.Lines[0]); // It went on from a checkpoint.
        Assert.Contains(_log.Lines, l => l.Contains(how == "REQUEUE" ? "PENDING (Priority)" : $"ended as {how}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_limit_of_time_is_no_obstacle_while_a_job_gets_on()
    {
        _slurm.TimeLimit = 4;
        Assert.Equal(0, (await Run(new Words())).ExitCode);
        Assert.InRange(_slurm.Submitted, 3, 4);
        Assert.Equal(1, _slurm.Completed);
    }

    [Theory]
    [InlineData("TIMEOUT", "MOPS3175", 1)]
    [InlineData("NODE_FAIL", "MOPS3175", 3)]
    [InlineData("CANCELLED", "MOPS3174", 1)]
    [InlineData("OUT_OF_MEMORY", "MOPS3176", 1)]
    public async Task What_cannot_be_mended_by_another_job_has_its_code(string how, string code, int submissions)
    {
        _slurm.Before = program => { if (program == "squeue") { _slurm.End(how); } return null; };
        Assert.Equal(code, (await Assert.ThrowsAsync<DiagnosticException>(() => Run(new Words()))).Diagnostic.Code);
        Assert.Equal((submissions, 0), (_slurm.Submitted, _slurm.Completed));
    }

    [Fact]
    public async Task A_cancelled_job_is_followed_by_another_in_the_next_build()
    {
        int looks = 0;
        _slurm.Before = program => { if (program == "squeue" && ++looks == 7) { _slurm.End("CANCELLED"); } return null; };
        Assert.Equal("MOPS3174", (await Assert.ThrowsAsync<DiagnosticException>(() => Run(new Words()))).Diagnostic.Code);
        var said = new Words();
        Assert.Equal(0, (await Run(said)).ExitCode);
        Assert.Equal((2, 1), (_slurm.Submitted, _slurm.Completed));
        Assert.NotEqual("step 1", said.Lines[0]);
    }

    [Fact]
    public async Task Work_that_fails_is_not_tried_again()
    {
        _slurm.Fails = 3;
        Assert.Equal(3, (await Run(new Words())).ExitCode);
        Assert.Equal(1, _slurm.Submitted);
        _slurm.Fails = null;
        Assert.Equal(0, (await Run(new Words())).ExitCode);
    }

    [Fact]
    public async Task A_node_that_does_not_see_the_folder_is_named()
    {
        _slurm.IsBlind = true;
        DiagnosticException failure = await Assert.ThrowsAsync<DiagnosticException>(() => Run(new Words()));
        Assert.Equal("MOPS3177", failure.Diagnostic.Code);
        Assert.Contains(_folder["run"], failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sbatch: error: Batch job submission failed: Invalid partition name specified", "MOPS3171", 1)]
    [InlineData("sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)", "MOPS3172", 5)]
    [InlineData("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", "MOPS3172", 5)]
    public async Task A_refusal_is_final_and_silence_is_not(string said, string code, int times)
    {
        int asked = 0;
        _slurm.Before = program => program == "sbatch" && ++asked > 0 ? new ToolAnswer(1, "", said) : null;
        Assert.Equal(code, (await Assert.ThrowsAsync<DiagnosticException>(() => Run(new Words()))).Diagnostic.Code);
        Assert.Equal((times, 0), (asked, _slurm.Submitted));
    }

    [Fact]
    public async Task A_lost_answer_to_a_submission_makes_no_second_job()
    {
        _slurm.After = (program, answer) => program == "sbatch" ? new ToolAnswer(1, "", "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation") : answer;
        Assert.Equal(0, (await Run(new Words())).ExitCode);
        Assert.Equal((1, 1), (_slurm.Submitted, _slurm.Completed));
    }

    [Fact]
    public async Task A_controller_that_is_away_for_minutes_is_waited_for_and_not_for_ever()
    {
        int looks = 0;
        _slurm.Before = program => program == "squeue" && ++looks is > 4 and < 12 ? s_silence : null;
        Assert.Equal(0, (await Run(new Words())).ExitCode);
        looks = 0;
        _slurm.Before = program => program == "squeue" ? s_silence : null;
        Assert.Equal("MOPS3172", (await Assert.ThrowsAsync<DiagnosticException>(() => Run(new Words(), _folder["other"]))).Diagnostic.Code);
        Assert.InRange(_clock.Waits.TakeLast(20).Sum(), 600, 1200);
    }

    [Fact]
    public async Task Who_gives_up_may_end_the_job()
    {
        await Killed(after: 4);
        Assert.True(_slurm.HasLive);
        await Killed(after: 3, cancelOnExit: true);
        Assert.False(_slurm.HasLive);
    }

    [Fact]
    public async Task Who_does_not_wait_gets_a_job_and_the_next_build_its_result()
    {
        ClusterResult begun = await Run(new Words(), wait: false);
        Assert.Null(begun.ExitCode);
        Assert.NotNull(begun.Job);
        Assert.Null((await Run(new Words(), wait: false)).ExitCode);
        Assert.Equal(0, (await Run(new Words())).ExitCode);
        Assert.Equal(0, (await Run(new Words(), wait: false)).ExitCode);
        Assert.Equal(1, _slurm.Submitted);
    }

    [Fact]
    public async Task Forced_work_begins_anew()
    {
        await Killed(after: 6);
        var said = new Words();
        Assert.Equal(0, (await Run(said, force: true)).ExitCode);
        Assert.Equal((2, 1, "step 1"), (_slurm.Submitted, _slurm.Completed, said.Lines[0]));
    }

    [Fact]
    public async Task Two_machines_that_look_at_the_same_moment_share_one_job()
    {
        // The other machine submits between this one's look and its submission.
        bool other = false;
        _slurm.Before = program =>
        {
            if (program == "sbatch" && !other)
            {
                other = true;
                Killed(after: 2).GetAwaiter().GetResult();
            }

            return null;
        };
        Assert.Equal(0, (await Run(new Words())).ExitCode);
        Assert.Equal((2, 1, 1), (_slurm.Submitted, _slurm.Completed, _slurm.MostAtOnce));
    }

    /// <summary>Builds that are killed, machines that are taken away, answers that are lost, in any order: the work comes to its end once.</summary>
    [Fact]
    public async Task Random_faults_end_in_one_result()
    {
        int sequences = Soak.Count(200, 5000);
        for (int seed = 0; seed < sequences; seed++)
        {
            string folder = _folder[$"random{seed}"];
            var chance = new Random(seed);
            var slurm = new FakeSlurm { TimeLimit = chance.Next(4) == 0 ? chance.Next(4, 9) : 0 };
            Scramble(slurm, chance);
            int? code = null;
            for (int build = 0; code is null; build++)
            {
                Assert.True(build < 60, $"seed {seed}: no end");
                code = await Attempt(slurm, folder, build < 30 ? chance : new Random(0), build);
                if (build == 30)
                {
                    (slurm.Before, slurm.After) = (null, null);
                }
            }

            Assert.True((code, slurm.Completed, slurm.MostAtOnce) == (0, 1, 1), $"seed {seed}: {code}, {slurm.Completed} completed, {slurm.MostAtOnce} at once");
            Assert.Equal("the weights", await File.ReadAllTextAsync(Path.Combine(folder, "result", "weights")));
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Scramble(FakeSlurm slurm, Random chance)
    {
        string[] ends = ["REQUEUE", "NODE_FAIL", "PREEMPTED", "CANCELLED", "BOOT_FAIL"];
        slurm.Before = program =>
        {
            if (program == "squeue" && chance.Next(8) == 0)
            {
                slurm.End(ends[chance.Next(ends.Length)]);
            }

            if (chance.Next(25) == 0)
            {
                slurm.Purge();
            }

            return chance.Next(12) == 0 ? s_silence : null;
        };
        slurm.After = (_, answer) => chance.Next(15) == 0 ? s_silence : answer;
    }

    // One build: it ends, is killed at any look, or ends with a code that the next one may mend.
    private async Task<int?> Attempt(FakeSlurm slurm, string folder, Random chance, int build)
    {
        using var kill = new CancellationTokenSource();
        int looks = chance.Next(3) == 0 && build < 30 ? chance.Next(1, 25) : int.MaxValue;
        var clock = new VirtualClock();
        Task Delay(TimeSpan time, CancellationToken cancellation)
        {
            if (--looks == 0)
            {
                kill.Cancel();
            }

            return clock.Clock.Delay(time, cancellation);
        }

        try
        {
            var work = Work(new Words(), folder) with { CancelOnExit = chance.Next(4) == 0 };
            return (await new ClusterRun(Cluster(slurm), work, _log, clock.Clock with { Delay = Delay }).RunAsync(kill.Token)).ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (ClusterSilentException)
        {
            return null; // It was to be cancelled on the way out, and nobody answered.
        }
        catch (DiagnosticException e)
        {
            Assert.Contains(e.Diagnostic.Code, new[] { "MOPS3172", "MOPS3174", "MOPS3175" });
            return null;
        }
    }

    private async Task Killed(int after, bool cancelOnExit = false)
    {
        using var kill = new CancellationTokenSource();
        int left = after;
        Task Delay(TimeSpan time, CancellationToken cancellation)
        {
            if (--left <= 0)
            {
                kill.Cancel();
            }

            return _clock.Clock.Delay(time, cancellation);
        }

        var run = new ClusterRun(Cluster(_slurm), Work(new Words(), _folder["run"]) with { CancelOnExit = cancelOnExit }, _log, _clock.Clock with { Delay = Delay });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunAsync(kill.Token));
    }

    private Task<ClusterResult> Run(Words output, string? folder = null, bool wait = true, bool force = false)
        => new ClusterRun(Cluster(_slurm), Work(output, folder ?? _folder["run"]) with { Wait = wait, Force = force }, _log, _clock.Clock).RunAsync(CancellationToken.None);

    private static SlurmCluster Cluster(FakeSlurm slurm) => new(new SlurmOptions(["--partition=gpu"], ["HF_HOME"]), slurm);

    private static ClusterWork Work(Words output, string path)
    {
        var folder = new RunFolder(path);
        return new ClusterWork("modelops-0123", folder, () => { Directory.CreateDirectory(path); folder.WriteScript("true"); }, output) { Project = "Triage" };
    }
}
