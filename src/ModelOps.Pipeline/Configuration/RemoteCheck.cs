using ModelOps.Backends.Trainers;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Configuration;

/// <summary>Whether a trainer elsewhere can be told what the project says: what it cannot be told is an error where a person set it, and a documented default elsewhere.</summary>
internal static class RemoteCheck
{
    public static void Run(ProjectInputs inputs, TypedSettings settings, RemoteSettings remote, ProjectXml xml, IStageLog log)
    {
        TrainerDescription trainer = remote.Trainer;
        if (remote.Model.Length == 0)
        {
            log.Report(TrainerErrors.NoModel(trainer.Name, xml.PropertyLocation(Names.Trainer)));
        }

        if (trainer.NeedsUrl && remote.Url == trainer.Url)
        {
            log.Report(TrainerErrors.NeedsUrl(trainer.Name, trainer.Url, xml.PropertyLocation(Names.Trainer)));
        }

        if (remote.HasWeights && !Directory.Exists(inputs.BaseModelDirectory))
        {
            log.Report(TrainerErrors.NeedsFolder(trainer.Name, xml.PropertyLocation(Names.BaseModel)));
        }

        if (!trainer.Methods.Contains(settings.FineTuneMethod, StringComparer.Ordinal))
        {
            log.Report(TrainerErrors.MethodNotOffered(settings.FineTuneMethod, trainer.Name, trainer.Methods, xml.PropertyLocation(Names.FineTuneMethod)));
        }

        foreach ((string name, string otherwise) in trainer.NotSent.Where(n => IsSaid(n.Key, settings, remote, xml)))
        {
            log.Report(TrainerErrors.NotExpressible(name, trainer.Name, otherwise, xml.PropertyLocation(name)));
        }

        foreach (SettingProblem problem in trainer.Check(remote.SettingsOf(settings.Training)))
        {
            log.Report(TrainerErrors.OutOfRange(problem.Setting, inputs.Setting(problem.Setting), trainer.Name, problem.Expected, xml.PropertyLocation(problem.Setting)));
        }
    }

    /// <summary>A person set it: it is written in the project, or differs from the SDK's default. A rate stands beside a multiplier for the other trainers of the project.</summary>
    private static bool IsSaid(string name, TypedSettings settings, RemoteSettings remote, ProjectXml xml) => name switch
    {
        Names.LearningRateMultiplier => remote.LearningRateMultiplier is not null,
        Names.LearningRate when remote.LearningRateMultiplier is not null => false,
        _ => IsWritten(name, xml) || Differs(name, settings.Training),
    };

    private static bool IsWritten(string name, ProjectXml xml) => xml.Properties.Any(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    // TrainOptions has the SDK's defaults (a test compares them).
    private static bool Differs(string name, TrainOptions options)
    {
        var usual = new TrainOptions();
        return name switch
        {
            Names.Seed => options.Seed != usual.Seed,
            Names.BatchSize => options.BatchSize != usual.BatchSize,
            Names.LearningRate => options.LearningRate != usual.LearningRate,
            Names.LearningRateSchedule => options.Schedule != usual.Schedule,
            Names.WarmupRatio => options.WarmupRatio != usual.WarmupRatio,
            Names.MaxGradNorm => options.MaxGradNorm != usual.MaxGradNorm,
            Names.WeightDecay => options.WeightDecay != usual.WeightDecay,
            Names.LoraRank => options.LoraRank != usual.LoraRank,
            Names.LoraAlpha => options.LoraAlpha != usual.LoraAlpha,
            Names.LoraDropout => options.LoraDropout != usual.LoraDropout,
            Names.LoraTargetModules => !options.TargetModules.ToHashSet(StringComparer.Ordinal).SetEquals(usual.TargetModules),
            Names.UseRsLora => options.UseRsLora != usual.UseRsLora,
            Names.QuantizationType => options.QuantizationType != usual.QuantizationType,
            Names.DpoBeta => options.DpoBeta != usual.DpoBeta,
            Names.DpoLabelSmoothing => options.DpoLabelSmoothing != usual.DpoLabelSmoothing,
            Names.MaxSteps => options.MaxSteps != usual.MaxSteps,
            Names.GradientAccumulationSteps => options.GradientAccumulationSteps != usual.GradientAccumulationSteps,
            Names.MaxSequenceLength => options.MaxSequenceLength != usual.MaxSequenceLength,
            Names.EvaluationSteps => options.EvaluationSteps != usual.EvaluationSteps,
            Names.EarlyStoppingPatience => options.EarlyStoppingPatience != usual.EarlyStoppingPatience,
            Names.EarlyStoppingThreshold => options.EarlyStoppingThreshold != usual.EarlyStoppingThreshold,
            Names.LoadBestModelAtEnd => options.LoadBestModelAtEnd != usual.LoadBestModelAtEnd,
            Names.PreserveDataOrder => options.PreserveDataOrder != usual.PreserveDataOrder,
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "a trainer names a setting that nobody knows"),
        };
    }
}
