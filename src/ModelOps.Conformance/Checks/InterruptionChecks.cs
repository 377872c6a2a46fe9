using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance.Checks;

/// <summary>Kills, cancellations and what continues after them.</summary>
internal static class InterruptionChecks
{
    private const int Steps = 150, Kills = 3;
    private static readonly TimeSpan s_promptly = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<Check> All { get; } =
    [
        new("resume-after-kill", "Killed at random moments and started again, a run ends in the bytes of one that nobody disturbed.", bench => Kill(bench, "sft")),
        new("resume-after-kill-dpo", "The same for preference pairs.", bench => Kill(bench, "dpo")),
        new("kill-leaves-nothing", "A run that is killed without checkpoints leaves no output folder.", KillWithoutCheckpoints),
        new("cancel-by-input", "Standard input that closes ends the run with 130, and the next one continues.", bench => Cancel(bench, run => run.CloseInput(), watchesInput: true)),
        new("cancel-by-signal", "SIGTERM ends the run with 130, and the next one continues.", bench =>
        {
            if (OperatingSystem.IsWindows())
            {
                throw new NotOfferedException("Windows has no SIGTERM");
            }

            Cancel(bench, run => run.Terminate(), watchesInput: false);
        }),
        new("input-means-nothing-unasked", "Without MODELOPS_WORKER_PARENT=stdin a closed standard input stops nobody.", bench =>
        {
            using Execution run = bench.Start(Requests.Train(bench, bench.Folder(), "out", Requests.Options()));
            run.CloseInput();
            run.Finish(Execution.Done);
        }),
        new("foreign-checkpoint", "A checkpoint of other settings is the error MOPS3063: it must not be continued from.", ForeignCheckpoint),
    ];

    private static JsonObject Long(Workbench bench, string folder, string output, bool checkpoints, string objective = "sft", double rate = 0.01)
    {
        var options = Requests.Options(
            ("objective", objective), ("epochs", Steps), ("maxSteps", Steps), ("checkpointEverySteps", 5), ("loraDropout", 0.1), ("schedule", "cosine"), ("learningRate", rate),
            ("loadBestModelAtEnd", true), ("evaluationSteps", 10), ("preserveDataOrder", false));
        JsonObject request = objective == "dpo" ? Requests.Prefer(bench, folder, output, options) : Requests.Train(bench, folder, output, options);
        request["checkpoints"] = checkpoints ? Path.Combine(folder, "checkpoints") : null;
        return request;
    }

    private static void Kill(Workbench bench, string objective)
    {
        string folder = bench.Folder(), output = Path.Combine(folder, "killed");
        using (Execution undisturbed = bench.Start(Long(bench, folder, "undisturbed", checkpoints: false, objective)))
        {
            undisturbed.WaitFor("progress");
            long began = Stopwatch.GetTimestamp();
            undisturbed.Finish(null);
            if (undisturbed.ExitCode == Execution.BadRequest)
            {
                throw new NotOfferedException($"{objective} is refused: {undisturbed.Error.GetProperty("code").GetString()}");
            }

            undisturbed.Require(Execution.Done);
            var random = new Random(7);
            TimeSpan work = Stopwatch.GetElapsedTime(began);
            int early = 0;
            for (int round = 0; round < Kills; round++)
            {
                using Execution run = bench.Start(Long(bench, folder, "killed", checkpoints: true, objective));
                run.WaitFor("progress");
                Thread.Sleep(work * (random.NextDouble() / Kills));
                early += Directory.Exists(output) ? 0 : 1;
                run.Kill();
            }

            Expect.That(early > 0, "every kill came too late to be one");
        }

        using Execution last = bench.Complete(Long(bench, folder, "killed", checkpoints: true, objective));
        TrainingChecks.ExpectSameFiles(Path.Combine(folder, "undisturbed"), output, "the run that was killed");
    }

    private static void KillWithoutCheckpoints(Workbench bench)
    {
        string folder = bench.Folder();
        using Execution run = bench.Start(Long(bench, folder, "out", checkpoints: false));
        run.WaitFor("progress");
        run.Kill();
        Expect.That(!Directory.Exists(Path.Combine(folder, "out")), "a run that was killed left an output folder");
    }

    private static void Cancel(Workbench bench, Action<Execution> stop, bool watchesInput)
    {
        string folder = bench.Folder(), output = Path.Combine(folder, "out");
        using (Execution run = bench.Start(Long(bench, folder, "out", checkpoints: true), watchesInput))
        {
            run.WaitFor("progress");
            long asked = Stopwatch.GetTimestamp();
            stop(run);
            run.Finish(Execution.Cancelled);
            Expect.That(Stopwatch.GetElapsedTime(asked) < s_promptly, $"it took {Stopwatch.GetElapsedTime(asked).TotalSeconds:0} s to stop");
            Expect.That(!Directory.Exists(output), "a run that was cancelled left an output folder");
        }

        using Execution next = bench.Complete(Long(bench, folder, "out", checkpoints: true)), undisturbed = bench.Complete(Long(bench, folder, "undisturbed", checkpoints: false));
        TrainingChecks.ExpectSameFiles(Path.Combine(folder, "undisturbed"), output, "the run that was cancelled");
    }

    private static void ForeignCheckpoint(Workbench bench)
    {
        string folder = bench.Folder();
        using (Execution run = bench.Start(Long(bench, folder, "out", checkpoints: true), watchesInput: true))
        {
            run.WaitFor("progress");
            run.CloseInput();
            run.Finish(Execution.Cancelled);
        }

        using Execution other = bench.Complete(Long(bench, folder, "out", checkpoints: true, rate: 0.02), Execution.BadData);
        Expect.Equal("MOPS3063", other.Error.GetProperty("code").GetString(), "the code");
    }
}
