using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Training;

/// <summary>What must not change a result: threads, interruptions, the packing of rows.</summary>
public sealed class TrainingInvariantsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelops-training-").FullName;

    private static TrainingOptions Options(TrainingMethod method) => new()
    {
        Method = method,
        LoraRank = 4,
        LoraDropout = method == TrainingMethod.Lora ? 0.1 : 0,
        LearningRate = 3e-3,
        WarmupSteps = 2,
        Epochs = 3,
        BatchSize = 4,
        GradientAccumulationSteps = 2,
        WeightDecay = 0.01,
        Threads = 2,
    };

    [Theory]
    [InlineData(TrainingMethod.Lora)]
    [InlineData(TrainingMethod.Full)]
    public void Thread_count_changes_no_bit(TrainingMethod method)
    {
        var one = Run(Options(method) with { Threads = 1 });
        var three = Run(Options(method) with { Threads = 3 });
        Assert.Equal(one.Weights, three.Weights);
        Assert.Equal(one.Result.Steps, three.Result.Steps);
        Assert.Equal(one.Result.Epochs, three.Result.Epochs);
        Assert.True(one.Result.Steps[^1].Loss < one.Result.Steps[0].Loss);
    }

    [Theory]
    [InlineData(TrainingMethod.Lora)]
    [InlineData(TrainingMethod.Full)]
    public void An_interrupted_run_ends_in_the_same_bits(TrainingMethod method)
    {
        var whole = Run(Options(method));
        var options = Options(method) with { CheckpointFolder = _folder, CheckpointEverySteps = 2 };
        using (var stop = new CancellationTokenSource())
        {
            var stopper = new Observer(p =>
            {
                if (p.Step == 5)
                    stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => Run(options, stopper, stop.Token));
        }

        var resumed = Run(options);
        Assert.Equal(5, resumed.Result.ResumedFromStep);
        Assert.Equal(whole.Weights, resumed.Weights);
        Assert.Equal(whole.Result.Steps, resumed.Result.Steps);
        Assert.Equal(whole.Result.Epochs, resumed.Result.Epochs);
    }

    [Fact]
    public void A_checkpoint_of_other_settings_is_refused()
    {
        var options = Options(TrainingMethod.Lora) with { CheckpointFolder = _folder, CheckpointEverySteps = 2 };
        Run(options);
        Assert.Throws<CheckpointException>(() => Run(options with { LearningRate = 1e-3 }));
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused()
    {
        var options = Options(TrainingMethod.Lora) with { CheckpointFolder = _folder, CheckpointEverySteps = 2 };
        Run(options);
        string path = Path.Combine(_folder, "checkpoint.bin");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Throws<CheckpointException>(() => Run(options));
    }

    [Fact]
    public void A_checkpoint_of_weights_that_diverge_is_never_written()
    {
        var options = Options(TrainingMethod.Full) with { LearningRate = 1e30, WarmupSteps = 0, MaxGradNorm = 0, CheckpointFolder = _folder, CheckpointEverySteps = 1 };
        var failure = Assert.Throws<TrainingDivergedException>(() => Run(options));
        Assert.Equal(2, failure.Step);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_loss_that_explodes_leaves_the_checkpoint_of_a_good_step()
    {
        var options = Options(TrainingMethod.Full) with { LearningRate = 3, WarmupSteps = 20, MaxGradNorm = 0, Epochs = 30, CheckpointFolder = _folder, CheckpointEverySteps = 1 };
        var losses = new List<double>();
        var failure = Assert.Throws<TrainingDivergedException>(() => Run(options, new Observer(p => losses.Add(p.Loss))));
        Assert.True(failure.Step > 10, failure.Message);
        double lowest = losses.Min();
        var continued = new List<TrainingProgress>();
        var again = Assert.Throws<TrainingDivergedException>(() => Run(options, new Observer(continued.Add)));
        Assert.Equal(failure.Message, again.Message);
        Assert.True(continued.Count > 0 && continued[0].Loss < lowest + 2 * Math.Log(37), $"{continued.FirstOrDefault()}");
    }

    [Fact]
    public void Rows_that_cannot_be_trained_on_are_named()
    {
        using var model = TinyModels.Random(TinyModels.Config());
        var rows = TinyModels.Rows(4, model.Config.VocabularySize);
        rows[2] = new TrainingExample([1, 2, 3], [true, false, false]);
        Assert.Equal(2, Assert.Throws<TrainingDataException>(() => SupervisedTrainer.Run(model, rows, [], new TrainingOptions())).Row);
        rows[2] = TrainingExample.AllScored([1, 2, 99]);
        Assert.Equal(2, Assert.Throws<TrainingDataException>(() => SupervisedTrainer.Run(model, rows, [], new TrainingOptions())).Row);
        rows[2] = new TrainingExample([1, 2, 3], [true]);
        Assert.Equal(2, Assert.Throws<TrainingDataException>(() => SupervisedTrainer.Run(model, rows, [], new TrainingOptions())).Row);
    }

    [Fact]
    public void Zero_epochs_leave_an_adapter_that_loading_refuses()
    {
        var run = Run(Options(TrainingMethod.Lora) with { Epochs = 0 });
        Assert.Empty(run.Result.Steps);
        run.Result.Adapter!.Save(_folder);
        Assert.Contains("zero", Assert.Throws<AdapterMismatchException>(() => LoraAdapter.Load(_folder, TinyModels.Config())).Reason, StringComparison.Ordinal);
    }

    private static unsafe (float[] Weights, TrainingResult Result) Run(
        TrainingOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var model = TinyModels.Random(TinyModels.Config());
        var rows = TinyModels.Rows(30, model.Config.VocabularySize);
        var result = SupervisedTrainer.Run(model, rows[..24], rows[24..], options, progress, cancellation: cancellation);
        var parameters = result.Adapter?.Parameters ?? model.MakeTrainable();
        return (parameters.Values.Span.ToArray(), result);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Observer(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
