using System.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>A run's events while it runs: a few progress events a second and the last one always, every metric as soon as it is known.</summary>
internal sealed class TrainingReporter(EventWriter events, int rows, TrainingOptions options) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private long _last;

    public void Report(TrainingProgress value)
    {
        if (_last == 0 && value.Step > 1)
            events.Info($"continued after step {value.Step - 1}, from the checkpoint");
        if (value.EndedEpoch is { } epoch)
            Ended(epoch);
        if (value.Evaluation is { } evaluation)
            Evaluated(evaluation, value.EndedEpoch);
        if (value.Step < value.TotalSteps && _last != 0 && Stopwatch.GetElapsedTime(_last) < s_interval)
            return;
        _last = Stopwatch.GetTimestamp();
        double stepsPerEpoch = Math.Max(1, Math.Ceiling(rows / (double)(options.BatchSize * options.GradientAccumulationSteps)));
        events.Write(new ProgressEvent
        {
            Step = value.Step,
            Steps = value.TotalSteps,
            Epoch = value.Step / stepsPerEpoch,
            Loss = value.Loss,
            RewardAccuracy = value.RewardAccuracy,
            TokensPerSecond = value.TokensPerSecond,
            EtaSeconds = value.Remaining.TotalSeconds,
        });
    }

    /// <summary>What an earlier process reported of this run, and then what is known at its end.</summary>
    public void Finish(TrainingResult result)
    {
        foreach (var epoch in result.Epochs.Where(e => e.Step <= result.ResumedFromStep))
            Ended(epoch);
        foreach (var evaluation in result.Evaluations.Where(e => e.Step <= result.ResumedFromStep))
            Evaluated(evaluation, result.Epochs.FirstOrDefault(e => e.Step == evaluation.Step));
        if (result.TruncatedRows > 0)
            events.Warning($"{result.TruncatedRows} of {rows} rows are longer than MaxSequenceLength ({options.MaxSequenceLength} tokens) and were cut at the end: the model does not learn how these answers end");
        if (result.StoppedEarly)
            events.Info($"stopped after step {result.Steps.Count}: the validation loss made no progress in {options.EarlyStoppingPatience} evaluations");
        if (options.ChoosesByValidation)
            events.Info($"the weights after step {result.ChosenStep} have the lowest validation loss");
    }

    private void Ended(TrainingEpoch epoch)
    {
        Write("training_loss", epoch.TrainingLoss, epoch.Epoch + 1, null);
        Write("reward_accuracy", epoch.RewardAccuracy, epoch.Epoch + 1, null);
        Write("reward_margin", epoch.RewardMargin, epoch.Epoch + 1, null);
    }

    private void Evaluated(TrainingEvaluation evaluation, TrainingEpoch? ended)
    {
        int? epoch = options.EvaluationSteps == 0 ? ended?.Epoch + 1 : null, step = epoch is null ? evaluation.Step : null;
        Write("validation_loss", evaluation.Loss, epoch, step);
        Write("validation_reward_accuracy", evaluation.RewardAccuracy, epoch, step);
        Write("validation_reward_margin", evaluation.RewardMargin, epoch, step);
    }

    private void Write(string name, double? value, int? epoch, int? step)
    {
        if (value is { } known)
            events.Write(new MetricEvent { Name = name, Value = known, Epoch = epoch, Step = step });
    }
}
