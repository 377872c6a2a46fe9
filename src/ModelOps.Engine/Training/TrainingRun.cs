using System.Diagnostics;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>One run: the loop over steps, and everything it owns.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly LlamaModel _model;
    private readonly LoraAdapter? _adapter;
    private readonly TrainingObjective _objective;
    private readonly TrainingOptions _options;
    private readonly ThreadTeam _team;
    private readonly ParameterSet _parameters;
    private readonly Optimizer _optimizer;
    private readonly MicroBatch _micro;
    private readonly DivergenceGuard _guard;
    private readonly ModelSelection _selection;
    private readonly CheckpointFile? _checkpoint;
    private readonly TrainingHistory _history = new();
    private readonly int _totalSteps;
    private readonly int _stepsPerEpoch;
    private int _resumedFrom;

    private TrainingRun(LlamaModel model, LoraAdapter? adapter, TrainingObjective objective, TrainingOptions options, byte[]? identity)
    {
        _model = model;
        _adapter = adapter;
        _objective = objective;
        _options = options;
        _team = new ThreadTeam(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        _parameters = adapter?.Parameters ?? model.MakeTrainable();
        if (adapter is not null)
            model.KeepPanels();
        _optimizer = new Optimizer(_parameters, _team);
        var network = new LlamaNetwork(model, adapter, _parameters);
        _micro = new MicroBatch(network, _team, objective.LongestInput, backward: true);
        _guard = new DivergenceGuard(model.Config.VocabularySize);
        _selection = new ModelSelection(options, _parameters.Values);
        _totalSteps = SupervisedTrainer.CountSteps(options, objective.Training.Count);
        _stepsPerEpoch = SupervisedTrainer.StepsPerEpoch(options, objective.Training.Count);
        if (options.CheckpointFolder is { } folder)
            _checkpoint = new CheckpointFile(folder, identity!);
    }

    /// <summary>Trains the adapter, or the model where there is none.</summary>
    internal static TrainingResult Run(
        LlamaModel model, LoraAdapter? adapter, TrainingObjective objective, TrainingOptions options,
        IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (options.ChoosesByValidation && objective.Validation.Count == 0)
            throw new TrainingDataException("validation", -1, "there are no rows, so neither can training stop early nor the best weights be chosen");
        byte[]? identity = options.CheckpointFolder is null ? null : TrainingIdentity.Of(model, adapter, objective, options);
        objective.Prepare(model, options, identity, cancellation);
        using var run = new TrainingRun(model, adapter, objective, options, identity);
        run.Train(progress, cancellation);
        return run.Result();
    }

    private void Train(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Resume();
        var clock = Stopwatch.StartNew();
        int[] order = [];
        int orderEpoch = -1;
        for (int step = _history.Steps.Count; step < _totalSteps && !_selection.Stops; step++)
        {
            int epoch = step / _stepsPerEpoch;
            if (epoch != orderEpoch)
                (order, orderEpoch) = (_objective.Training.Order(_options, epoch), epoch);
            long before = Stopwatch.GetTimestamp();
            TakeStep(step, order, cancellation);
            var stepTime = Stopwatch.GetElapsedTime(before);
            bool ends = (step + 1) % _stepsPerEpoch == 0 || step + 1 == _totalSteps;
            var evaluation = IsEvaluatedAfter(step + 1, ends) ? Evaluate(cancellation) : null;
            var ended = ends || _selection.Stops ? EndEpoch(epoch, evaluation) : null;
            Report(progress, step, epoch, stepTime, clock.Elapsed, evaluation, ended);
        }

        _selection.Restore();
        GC.KeepAlive(_model);
    }

    private void TakeStep(int step, int[] order, CancellationToken cancellation)
    {
        bool stops = cancellation.IsCancellationRequested;
        if (_checkpoint is null)
            cancellation.ThrowIfCancellationRequested();
        int rowsPerStep = SupervisedTrainer.RowsPerStep(_options);
        int start = step % _stepsPerEpoch * rowsPerStep;
        _micro.Pass.DropoutProbability = _options.Method == TrainingMethod.Lora ? _options.LoraDropout : 0;
        _micro.Pass.DropoutSeed = _options.Seed;
        _micro.Pass.DropoutStep = step;
        _optimizer.ClearGradients();
        var measured = _objective.Accumulate(_micro, order.AsSpan(start, Math.Min(rowsPerStep, order.Length - start)));
        double norm = _optimizer.GradientNorm();
        _guard.Check(step + 1, measured.Loss, norm);

        // Only now is it known that the weights after the last step are good, so only now are they kept.
        if (stops || IsCheckpointDue(step))
            _checkpoint?.Write(_history, Buffers());
        if (stops)
            throw new OperationCanceledException(cancellation);
        double rate = LearningRates.At(_options, step, _totalSteps);
        _optimizer.Step(_options, step + 1, rate, norm);
        _history.Steps.Add(new TrainingStep(measured.Loss, rate, norm, measured.Tokens, measured.ScoredTokens)
        {
            RewardAccuracy = measured.RewardAccuracy, RewardMargin = measured.RewardMargin,
        });
    }

    private bool IsCheckpointDue(int step) =>
        _options.CheckpointEverySteps > 0 && step > _resumedFrom && step % _options.CheckpointEverySteps == 0 && _guard.IsSound;

    private bool IsEvaluatedAfter(int steps, bool endsEpoch) => _objective.Validation.Count > 0
        && (_options.EvaluationSteps == 0 ? endsEpoch : steps % _options.EvaluationSteps == 0 || steps == _totalSteps);

    private TrainingEvaluation Evaluate(CancellationToken cancellation)
    {
        _micro.Pass.DropoutProbability = 0;
        var measured = _objective.Validate(_micro, cancellation);
        int steps = _history.Steps.Count;
        if (!double.IsFinite(measured.Loss))
            throw new TrainingDivergedException(steps, measured.Loss, _history.Steps[^1].GradientNorm, "the validation loss is no longer finite");
        var evaluation = new TrainingEvaluation(steps, measured.Loss) { RewardAccuracy = measured.RewardAccuracy, RewardMargin = measured.RewardMargin };
        _history.Evaluations.Add(evaluation);
        _selection.Take(evaluation);
        return evaluation;
    }

    private TrainingEpoch EndEpoch(int epoch, TrainingEvaluation? evaluation)
    {
        var steps = _history.Steps[(epoch * _stepsPerEpoch)..];
        var ended = new TrainingEpoch(epoch, _history.Steps.Count, steps.Average(s => s.Loss), evaluation?.Loss)
        {
            RewardAccuracy = steps.Average(s => s.RewardAccuracy), RewardMargin = steps.Average(s => s.RewardMargin),
        };
        _history.Epochs.Add(ended);
        return ended;
    }

    private void Report(
        IProgress<TrainingProgress>? progress, int step, int epoch, TimeSpan stepTime, TimeSpan elapsed, TrainingEvaluation? evaluation, TrainingEpoch? ended)
    {
        if (progress is null)
            return;
        var done = _history.Steps[step];
        var remaining = elapsed / (step + 1 - _resumedFrom) * (_totalSteps - step - 1);
        progress.Report(new TrainingProgress(
            step + 1, _totalSteps, epoch, done.Loss, done.LearningRate, done.GradientNorm, done.Tokens, done.ScoredTokens,
            done.Tokens / stepTime.TotalSeconds, remaining)
        {
            Evaluation = evaluation, EndedEpoch = ended, RewardAccuracy = done.RewardAccuracy, RewardMargin = done.RewardMargin,
        });
    }

    private void Resume()
    {
        if (_checkpoint?.TryRead(_history, Buffers()) != true)
            return;
        _resumedFrom = _history.Steps.Count;
        for (int i = 0; i < _resumedFrom; i++)
            _guard.Check(i + 1, _history.Steps[i].Loss, _history.Steps[i].GradientNorm);
        _history.Evaluations.ForEach(e => _selection.Follow(e));
    }

    /// <summary>What a checkpoint holds.</summary>
    private List<FloatBuffer> Buffers()
    {
        List<FloatBuffer> buffers = [_parameters.Values, _optimizer.First, _optimizer.Second];
        if (_selection.Best is { } best)
            buffers.Add(best);
        return buffers;
    }

    private TrainingResult Result() =>
        new(_history.Steps, _history.Epochs, _adapter, _parameters.Count, _objective.Training.Truncated, _resumedFrom)
        {
            Evaluations = _history.Evaluations,
            ChosenStep = _selection.Best is null ? _history.Steps.Count : _selection.BestStep,
            StoppedEarly = _selection.Stops && _history.Steps.Count < _totalSteps,
        };

    public void Dispose()
    {
        _model.ReleasePanels();
        _micro.Dispose();
        _optimizer.Dispose();
        _selection.Dispose();
        _team.Dispose();
    }
}
