using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>
/// <c>training.json</c>: what the key that names this folder decides, and nothing else. Times are measured and travel as events alone, and
/// so do validation losses, unless they decide about the result: only then are validation rows part of the key.
/// </summary>
internal static class TrainingRecord
{
    public const string FileName = "training.json";

    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static void Write(string path, TrainingResult result, bool choosesByValidation)
    {
        var record = new
        {
            Format = 1,
            result.TrainableParameters,
            CutRows = result.TruncatedRows,
            Steps = result.Steps.Select(s => new { s.Loss, s.LearningRate, s.GradientNorm, s.Tokens, s.ScoredTokens, s.RewardAccuracy, s.RewardMargin }),
            Epochs = result.Epochs.Select(e => new { Epoch = e.Epoch + 1, e.Step, e.TrainingLoss, e.RewardAccuracy, e.RewardMargin }),
            Evaluations = choosesByValidation ? result.Evaluations.Select(e => new { e.Step, ValidationLoss = e.Loss, e.RewardAccuracy, e.RewardMargin }) : null,
            ChosenStep = choosesByValidation ? result.ChosenStep : (int?)null,
        };
        File.WriteAllBytes(path, [.. JsonSerializer.SerializeToUtf8Bytes(record, s_options), (byte)'\n']);
    }
}
