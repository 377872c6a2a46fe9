using System.Diagnostics;
using ModelOps.Engine.Models;

namespace ModelOps.Engine.Training;

/// <summary>What a run is, whatever library computes it.</summary>
/// <param name="Identity">Where the options name a checkpoint folder: what a checkpoint must come from.</param>
internal sealed record RunPlan(TrainingRows Training, TrainingRows Validation, TrainingOptions Options, int Vocabulary, byte[]? Identity)
{
    /// <exception cref="TrainingDataException">The best weights are to be chosen by rows that are not there.</exception>
    internal void Check()
    {
        if (Options.ChoosesByValidation && Validation.Count == 0)
            throw new TrainingDataException("validation", -1, "there are no rows, so neither can training stop early nor the best weights be chosen");
    }
}

/// <summary>One run: the loop over steps, and what decides between them.</summary>
internal sealed class TrainingRun
{
    private readonly RunPlan _plan;
    private readonly TrainingOptions _options;
    private readonly IStepArithmetic _arithmetic;
    private readonly DivergenceGuard _guard;
    private readonly ModelSelection _selection;
    private readonly CheckpointFile? _checkpoint;
    private readonly TrainingHistory _history = new();
    private readonly int _totalSteps;
    private readonly int _stepsPerEpoch;
    private int _resumedFrom;

    private TrainingRun(RunPlan plan, IStepArithmetic arithmetic)
    {
        _plan = plan;
        _options = plan.Options;
        _arithmetic = arithmetic;
        _guard = new DivergenceGuard(plan.Vocabulary);
        _selection = new ModelSelection(_options);
        _totalSteps = SupervisedTrainer.CountSteps(_options, plan.Training.Count);
        _stepsPerEpoch = SupervisedTrainer.StepsPerEpoch(_options, plan.Training.Count);
        if (_options.CheckpointFolder is { } folder)
            _checkpoint = new CheckpointFile(folder, plan.Identity!);
    }

    /// <summary>Trains the adapter, or the model where there is none, with the engine's arithmetic.</summary>
    internal static TrainingResult Run(
        LlamaModel model, LoraAdapter? adapter, TrainingObjective objective, TrainingOptions options,
        IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        byte[]? identity = options.CheckpointFolder is null ? null : TrainingIdentity.Of(model, adapter, objective.Name, objective.Training, objective.Validation, options);
        var plan = new RunPlan(objective.Training, objective.Validation, options, model.Config.VocabularySize, identity);
        plan.Check();
        objective.Prepare(model, options, identity, cancellation);
        using var arithmetic = new EngineArithmetic(model, adapter, objective, options);
        return Run(plan, arithmetic, adapter, progress, cancellation);
    }

    /// <param name="adapter">What is trained, for the result; null where that is the model.</param>
    internal static TrainingResult Run(
        RunPlan plan, IStepArithmetic arithmetic, LoraAdapter? adapter, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var run = new TrainingRun(plan, arithmetic);
        run.Train(progress, cancellation);
        return run.Result(adapter);
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
                (order, orderEpoch) = (_plan.Training.Order(_options, epoch), epoch);
            long before = Stopwatch.GetTimestamp();
            TakeStep(step, order, cancellation);
            var stepTime = Stopwatch.GetElapsedTime(before);
            bool ends = (step + 1) % _stepsPerEpoch == 0 || step + 1 == _totalSteps;
            var evaluation = IsEvaluatedAfter(step + 1, ends) ? Evaluate(cancellation) : null;
            var ended = ends || _selection.Stops ? EndEpoch(epoch, evaluation) : null;
            Report(progress, step, epoch, stepTime, clock.Elapsed, evaluation, ended);
        }

        if (_selection.Chooses && _selection.BestStep > 0)
            _arithmetic.RestoreBest();
    }

    private void TakeStep(int step, int[] order, CancellationToken cancellation)
    {
        bool stops = cancellation.IsCancellationRequested;
        if (_checkpoint is null)
            cancellation.ThrowIfCancellationRequested();
        int rowsPerStep = SupervisedTrainer.RowsPerStep(_options);
        int start = step % _stepsPerEpoch * rowsPerStep;
        var measured = _arithmetic.Accumulate(step, order.AsSpan(start, Math.Min(rowsPerStep, order.Length - start)));
        double norm = _arithmetic.GradientNorm();
        _guard.Check(step + 1, measured.Loss, norm);

        // Only now is it known that the weights after the last step are good, so only now are they kept.
        if (stops || IsCheckpointDue(step))
            _checkpoint?.Write(_history, _arithmetic);
        if (stops)
            throw new OperationCanceledException(cancellation);
        double rate = LearningRates.At(_options, step, _totalSteps);
        _arithmetic.Update(step + 1, rate, norm);
        _history.Steps.Add(new TrainingStep(measured.Loss, rate, norm, measured.Tokens, measured.ScoredTokens)
        {
            RewardAccuracy = measured.RewardAccuracy, RewardMargin = measured.RewardMargin,
        });
    }

    private bool IsCheckpointDue(int step) =>
        _options.CheckpointEverySteps > 0 && step > _resumedFrom && step % _options.CheckpointEverySteps == 0 && _guard.IsSound;

    private bool IsEvaluatedAfter(int steps, bool endsEpoch) => _plan.Validation.Count > 0
        && (_options.EvaluationSteps == 0 ? endsEpoch : steps % _options.EvaluationSteps == 0 || steps == _totalSteps);

    private TrainingEvaluation Evaluate(CancellationToken cancellation)
    {
        var measured = _arithmetic.Validate(cancellation);
        int steps = _history.Steps.Count;
        if (!double.IsFinite(measured.Loss))
            throw new TrainingDivergedException(steps, measured.Loss, _history.Steps[^1].GradientNorm, "the validation loss is no longer finite");
        var evaluation = new TrainingEvaluation(steps, measured.Loss) { RewardAccuracy = measured.RewardAccuracy, RewardMargin = measured.RewardMargin };
        _history.Evaluations.Add(evaluation);
        if (_selection.Follow(evaluation) && _selection.Chooses)
            _arithmetic.KeepBest();
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
        if (_checkpoint?.TryRead(_history, _arithmetic) != true)
            return;
        _resumedFrom = _history.Steps.Count;
        for (int i = 0; i < _resumedFrom; i++)
            _guard.Check(i + 1, _history.Steps[i].Loss, _history.Steps[i].GradientNorm);
        _history.Evaluations.ForEach(e => _selection.Follow(e));
    }

    private TrainingResult Result(LoraAdapter? adapter) =>
        new(_history.Steps, _history.Epochs, adapter, _arithmetic.ParameterCount, _plan.Training.Truncated, _resumedFrom)
        {
            Evaluations = _history.Evaluations,
            ChosenStep = _selection.Chooses ? _selection.BestStep : _history.Steps.Count,
            StoppedEarly = _selection.Stops && _history.Steps.Count < _totalSteps,
        };
}
