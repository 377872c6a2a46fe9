using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Training;

/// <summary>Early stopping and the best weights: the rule by itself, and in runs that are interrupted.</summary>
public sealed class ModelSelectionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelops-selection-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2, 0.0, "5 4 3 4 3.5", 3, true)]
    [InlineData(2, 0.0, "5 4 3 4 2.9 3", 5, false)]
    [InlineData(2, 0.5, "5 4.9 4.8 4.7", 4, true)] // ever lower, but never by more than the threshold
    [InlineData(1, 0.0, "5 5", 1, true)] // equal is no progress, and the earliest of equals is the best
    [InlineData(0, 0.0, "5 6 7 8", 1, false)]
    public void The_lowest_loss_is_the_best_and_patience_ends(int patience, double threshold, string losses, int best, bool stops)
    {
        var selection = new ModelSelection(new TrainingOptions { EarlyStoppingPatience = patience, EarlyStoppingThreshold = threshold, LoadBestModelAtEnd = true });
        int step = 0, kept = 0;
        foreach (double loss in losses.Split(' ').Select(t => double.Parse(t, System.Globalization.CultureInfo.InvariantCulture)))
        {
            if (selection.Follow(new TrainingEvaluation(++step, loss)))
                kept = step;
        }

        Assert.Equal((best, best, stops), (selection.BestStep, kept, selection.Stops));
    }

    [Fact]
    public void A_run_returns_the_weights_that_it_had_at_its_best()
    {
        // Rows of chance, learnt by heart: the validation loss rises soon.
        var whole = Run(Overfitting);
        var stopped = Run(Overfitting with { EarlyStoppingPatience = 2, EvaluationSteps = 3 });
        var best = stopped.Result.Evaluations.MinBy(e => e.Loss)!;
        Assert.True(stopped.Result.StoppedEarly);
        Assert.True(stopped.Result.Steps.Count < whole.Result.Steps.Count);
        Assert.Equal(best.Step, stopped.Result.ChosenStep);
        Assert.Equal(best.Step + 6, stopped.Result.Steps.Count);
        Assert.Equal(whole.Result.Steps.Take(stopped.Result.Steps.Count), stopped.Result.Steps);

        var upToThere = Run(Overfitting with { MaxSteps = best.Step, Schedule = LearningRateSchedule.Constant });
        Assert.Equal(upToThere.Weights, stopped.Weights);
    }

    [Fact]
    public void The_best_of_a_whole_run_may_be_chosen_without_stopping()
    {
        var run = Run(Overfitting with { LoadBestModelAtEnd = true });
        Assert.False(run.Result.StoppedEarly);
        Assert.Equal(run.Result.Evaluations.MinBy(e => e.Loss)!.Step, run.Result.ChosenStep);
        Assert.True(run.Result.ChosenStep < run.Result.Steps.Count);
    }

    [Fact]
    public void Validation_rows_change_nothing_unless_something_is_chosen_by_them()
    {
        Assert.Equal(Run(Overfitting).Weights, Run(Overfitting with { EvaluationSteps = 2 }, validationSeed: 99).Weights);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_interruption_at_any_step_changes_no_bit(bool pairs)
    {
        var options = Overfitting with { EarlyStoppingPatience = 2, EvaluationSteps = 2, MaxSteps = 20 };
        var whole = Run(options, pairs);
        for (int at = 1; at < whole.Result.Steps.Count; at += 2)
        {
            var resumable = options with { CheckpointFolder = Path.Combine(_folder, $"{pairs}-{at}"), CheckpointEverySteps = 3 };
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => Run(resumable, pairs, progress: new Observer(p => stop.CancelAfterStep(p, at)), cancellation: stop.Token));
            DateTime reference = File.GetLastWriteTimeUtc(Path.Combine(resumable.CheckpointFolder, "reference.bin"));
            var resumed = Run(resumable, pairs);
            Assert.Equal(at, resumed.Result.ResumedFromStep);
            Assert.Equal(whole.Weights, resumed.Weights);
            Assert.Equal(whole.Result.Steps, resumed.Result.Steps);
            Assert.Equal(whole.Result.Epochs, resumed.Result.Epochs);
            Assert.Equal(whole.Result.Evaluations, resumed.Result.Evaluations);
            Assert.Equal((whole.Result.ChosenStep, whole.Result.StoppedEarly), (resumed.Result.ChosenStep, resumed.Result.StoppedEarly));
            Assert.Equal(pairs, File.Exists(Path.Combine(resumable.CheckpointFolder, "reference.bin")));
            Assert.Equal(reference, File.GetLastWriteTimeUtc(Path.Combine(resumable.CheckpointFolder, "reference.bin")));
        }
    }

    [Fact]
    public void Threads_change_no_bit_of_a_preference_run()
    {
        var one = Run(Overfitting with { Threads = 1 }, pairs: true);
        var three = Run(Overfitting with { Threads = 3 }, pairs: true);
        Assert.Equal(one.Weights, three.Weights);
        Assert.Equal(one.Result.Steps, three.Result.Steps);
        Assert.Equal(one.Result.Evaluations, three.Result.Evaluations);
        Assert.Equal(Math.Log(2), one.Result.Steps[0].Loss, 1e-6);
        Assert.True(one.Result.Steps[^1].RewardAccuracy > 0.9 && one.Result.Steps[^1].RewardMargin > 0);
    }

    [Fact]
    public void Nothing_to_choose_by_is_refused()
    {
        using var model = TinyModels.Random(TinyModels.Config());
        var failure = Assert.Throws<TrainingDataException>(() => SupervisedTrainer.Run(
            model, TinyModels.Rows(4, 37), [], new TrainingOptions { EarlyStoppingPatience = 1 }));
        Assert.Equal("validation", failure.Set);
    }

    private static TrainingOptions Overfitting => new()
    {
        LoraRank = 4, LoraDropout = 0.1, LearningRate = 1e-2, Schedule = LearningRateSchedule.Constant, Epochs = 12, BatchSize = 4, Threads = 2,
    };

    private static (float[] Weights, TrainingResult Result) Run(
        TrainingOptions options, bool pairs = false, ulong validationSeed = 6, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var model = TinyModels.Random(TinyModels.Config());
        var result = pairs
            ? PreferenceTrainer.Run(model, TinyModels.Pairs(12, 37), TinyModels.Pairs(6, 37, validationSeed), options, progress, cancellation: cancellation)
            : SupervisedTrainer.Run(model, TinyModels.Rows(12, 37), TinyModels.Rows(6, 37, validationSeed), options, progress, cancellation: cancellation);
        return (result.Adapter!.Parameters.Values.Span.ToArray(), result);
    }

    private sealed class Observer(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}

internal static class StopAfter
{
    internal static void CancelAfterStep(this CancellationTokenSource stop, TrainingProgress progress, int step)
    {
        if (progress.Step == step)
            stop.Cancel();
    }
}
