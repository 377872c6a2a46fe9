using ModelOps.Backends.Trainers;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Configuration;

/// <summary>What a project says of a trainer elsewhere.</summary>
/// <param name="Model">The base model, as the provider calls it; empty when the project does not say.</param>
/// <param name="Url">Where the provider's API, or a gateway to it, lies.</param>
/// <param name="KeyVariable">Name of the environment variable with the key.</param>
/// <param name="PriceFile">Absolute; empty when the project has none.</param>
public sealed record RemoteSettings(TrainerDescription Trainer, string Model, double? LearningRateMultiplier, Uri Url, string KeyVariable, string PriceFile)
{
    /// <summary>The trained weights come here, so the base model must be here as well.</summary>
    public bool HasWeights => Trainer.Weights == TrainedWeights.Downloaded;

    /// <summary>Null for the engine.</summary>
    public static RemoteSettings? Parse(ProjectInputs inputs, SettingParser parser) => RemoteTrainers.Find(inputs.Setting(Names.Trainer))?.For(ModelOf(inputs)) is not { } trainer ? null : new RemoteSettings(
        trainer,
        ModelOf(inputs),
        parser.OptionalReal(Names.LearningRateMultiplier, double.Epsilon, double.MaxValue, "a number above 0, or nothing"),
        parser.Address(Names.ModelOpsProviderUrl, trainer.Url),
        parser.Variable(Names.ModelOpsProviderKeyVariable, trainer.KeyVariable),
        inputs.PriceFile);

    /// <summary>Trainer and base model where the trained model stays at a provider, whatever else the project says; null elsewhere.</summary>
    public static (TrainerDescription Trainer, string Model)? PointsElsewhere(ProjectInputs inputs)
        => RemoteTrainers.Find(inputs.Setting(Names.Trainer)) is { Weights: TrainedWeights.Kept } trainer ? (trainer, ModelOf(inputs)) : null;

    public TrainerSettings SettingsOf(TrainOptions training) => new(training, LearningRateMultiplier);

    public PriceList Prices() => PriceFile.Length == 0 ? PriceList.None : PriceList.Read(PriceFile);

    // A BaseModel that is no folder is the name of a provider's model.
    private static string ModelOf(ProjectInputs inputs)
        => inputs.Setting(Names.ProviderModel) is { Length: > 0 } model ? model : Directory.Exists(inputs.BaseModelDirectory) ? "" : inputs.Setting(Names.BaseModel);
}
