using System.Diagnostics;
using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>One run: the loop over steps, and everything it owns.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly LlamaModel _model;
    private readonly TrainingRows _rows;
    private readonly TrainingRows _validation;
    private readonly TrainingOptions _options;
    private readonly ThreadTeam _team;
    private readonly ParameterSet _parameters;
    private readonly Optimizer _optimizer;
    private readonly MicroBatch _micro;
    private readonly DivergenceGuard _guard;
    private readonly CheckpointFile? _checkpoint;
    private readonly List<TrainingStep> _steps = [];
    private readonly List<TrainingEpoch> _epochs = [];

    internal TrainingRun(LlamaModel model, LoraAdapter? adapter, TrainingRows rows, TrainingRows validation, TrainingOptions options)
    {
        _model = model;
        _rows = rows;
        _validation = validation;
        _options = options;
        _team = new ThreadTeam(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        _parameters = adapter?.Parameters ?? model.MakeTrainable();
        _optimizer = new Optimizer(_parameters, _team);
        var network = new LlamaNetwork(model, adapter, _parameters);
        _micro = new MicroBatch(network, _team, Math.Max(rows.Longest, validation.Longest), backward: true);
        _guard = new DivergenceGuard(model.Config.VocabularySize);
        TotalSteps = SupervisedTrainer.CountSteps(options, rows.Count);
        if (options.CheckpointFolder is { } folder)
            _checkpoint = new CheckpointFile(folder, TrainingIdentity.Of(model, adapter, rows, validation, options));
    }

    internal int TotalSteps { get; }

    internal IReadOnlyList<TrainingStep> Steps => _steps;

    internal IReadOnlyList<TrainingEpoch> Epochs => _epochs;

    internal long TrainableParameters => _parameters.Count;

    internal int ResumedFromStep { get; private set; }

    internal void Train(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Resume();
        int perEpoch = SupervisedTrainer.StepsPerEpoch(_options, _rows.Count);
        var clock = Stopwatch.StartNew();
        int[] order = [];
        int orderEpoch = -1;
        for (int step = _steps.Count; step < TotalSteps; step++)
        {
            if (cancellation.IsCancellationRequested)
                SaveCheckpoint();
            cancellation.ThrowIfCancellationRequested();
            int epoch = step / perEpoch;
            if (epoch != orderEpoch)
                (order, orderEpoch) = (_rows.Order(_options, epoch), epoch);
            long before = Stopwatch.GetTimestamp();
            TakeStep(step, order, step % perEpoch);
            Report(progress, step, epoch, Stopwatch.GetElapsedTime(before), clock.Elapsed);
            if ((step + 1) % perEpoch == 0 || step + 1 == TotalSteps)
                EndEpoch(epoch, perEpoch);
            if (_options.CheckpointEverySteps > 0 && (step + 1) % _options.CheckpointEverySteps == 0)
                SaveCheckpoint();
        }

        GC.KeepAlive(_model);
    }

    private void TakeStep(int step, int[] order, int stepInEpoch)
    {
        int rowsPerStep = SupervisedTrainer.RowsPerStep(_options);
        int start = stepInEpoch * rowsPerStep;
        var batches = _rows.Batches(order, start, Math.Min(rowsPerStep, _rows.Count - start));
        int scored = batches.Sum(b => b.Targets.Length);
        _micro.Pass.DropoutProbability = _options.Method == TrainingMethod.Lora ? _options.LoraDropout : 0;
        _micro.Pass.DropoutSeed = _options.Seed;
        _micro.Pass.DropoutStep = step;
        _optimizer.ClearGradients();
        double sum = 0;
        foreach (var batch in batches)
            sum += _micro.Accumulate(batch, 1f / scored);
        double loss = sum / scored, norm = _optimizer.GradientNorm();
        GuardedCheck(step + 1, loss, norm);
        double rate = LearningRates.At(_options, step, TotalSteps);
        _optimizer.Step(_options, step + 1, rate, norm);
        _steps.Add(new TrainingStep(loss, rate, norm, batches.Sum(b => b.Count), scored));
    }

    private void GuardedCheck(int step, double loss, double norm)
    {
        try
        {
            _guard.Check(step, loss, norm);
        }
        catch (TrainingDivergedException)
        {
            SaveCheckpoint();
            throw;
        }
    }

    private void EndEpoch(int epoch, int perEpoch)
    {
        double training = _steps.Skip(epoch * perEpoch).Average(s => s.Loss);
        _epochs.Add(new TrainingEpoch(epoch, _steps.Count, training, _validation.Count > 0 ? ValidationLoss() : null));
    }

    private double ValidationLoss()
    {
        _micro.Pass.DropoutProbability = 0;
        double sum = 0;
        long scored = 0;
        foreach (var batch in MicroBatch.Split(_validation.All))
        {
            foreach (float loss in _micro.Losses(batch))
                sum += loss;
            scored += batch.Targets.Length;
        }

        return sum / scored;
    }

    private void Report(IProgress<TrainingProgress>? progress, int step, int epoch, TimeSpan stepTime, TimeSpan elapsed)
    {
        if (progress is null)
            return;
        var done = _steps[step];
        var remaining = elapsed / (step + 1 - ResumedFromStep) * (TotalSteps - step - 1);
        progress.Report(new TrainingProgress(
            step + 1, TotalSteps, epoch, done.Loss, done.LearningRate, done.GradientNorm, done.Tokens, done.ScoredTokens,
            done.Tokens / stepTime.TotalSeconds, remaining));
    }

    private void Resume()
    {
        if (_checkpoint?.TryRead(_parameters.Values, _optimizer, _steps, _epochs) != true)
            return;
        ResumedFromStep = _steps.Count;
        for (int i = 0; i < _steps.Count; i++)
            GuardedCheck(i + 1, _steps[i].Loss, _steps[i].GradientNorm);
    }

    private void SaveCheckpoint() => _checkpoint?.Write(_parameters.Values, _optimizer, _steps, _epochs);

    public void Dispose()
    {
        _micro.Dispose();
        _optimizer.Dispose();
        _team.Dispose();
    }
}
