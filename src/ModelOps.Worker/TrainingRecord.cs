using System.Text.Encodings.Web;
using System.Text.Json;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary>
/// <c>training.json</c>: what training rows and options decide, and nothing else. Times are measured, and validation rows are no part of the
/// key that names this folder, so both travel as events alone.
/// </summary>
internal static class TrainingRecord
{
    public const string FileName = "training.json";

    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string path, TrainingResult result)
    {
        var record = new
        {
            Format = 1,
            result.TrainableParameters,
            CutRows = result.TruncatedRows,
            Steps = result.Steps.Select(s => new { s.Loss, s.LearningRate, s.GradientNorm, s.Tokens, s.ScoredTokens }),
            Epochs = result.Epochs.Select(e => new { Epoch = e.Epoch + 1, e.Step, e.TrainingLoss }),
        };
        File.WriteAllBytes(path, [.. JsonSerializer.SerializeToUtf8Bytes(record, s_options), (byte)'\n']);
    }
}
