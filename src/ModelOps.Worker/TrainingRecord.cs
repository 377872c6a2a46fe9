using System.Text.Encodings.Web;
using System.Text.Json;
using ModelOps.Engine.Training;

namespace ModelOps.Worker;

/// <summary><c>training.json</c>: what each step and epoch came to. Nothing in it is measured: the same training gives the same bytes.</summary>
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
            Epochs = result.Epochs.Select(e => new { Epoch = e.Epoch + 1, e.Step, e.TrainingLoss, e.ValidationLoss }),
        };
        File.WriteAllBytes(path, [.. JsonSerializer.SerializeToUtf8Bytes(record, s_options), (byte)'\n']);
    }
}
