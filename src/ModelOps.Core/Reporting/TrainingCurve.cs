using System.Text.Json;
using ModelOps.Core.Evaluation;

namespace ModelOps.Core.Reporting;

/// <summary>The loss while training, as <c>training.json</c> keeps it.</summary>
/// <param name="Loss">Training loss of every step, from step 1.</param>
/// <param name="Validation">Validation loss after a step; where it decides nothing it is measured and comes from <c>measurements.json</c>.</param>
/// <param name="ChosenStep">The step whose weights were kept; null: the last.</param>
/// <param name="Tokens">Tokens that went through the model, over all steps.</param>
public sealed record TrainingCurve(IReadOnlyList<double> Loss, IReadOnlyList<(double Step, double Loss)> Validation, int? ChosenStep, long Tokens, long? TrainableParameters)
{
    /// <summary>Null when the file is missing or holds no curve (a trainer of one's own may write what it likes).</summary>
    public static TrainingCurve? TryRead(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or FormatException)
        {
            return null;
        }
    }

    private static TrainingCurve? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("steps", out JsonElement steps) || steps.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        double[] loss = [.. steps.EnumerateArray().Select(step => step.Number("loss"))];
        IEnumerable<JsonElement> evaluations = json.TryGetProperty("evaluations", out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];
        return loss.Length == 0 ? null : new TrainingCurve(
            loss,
            [.. evaluations.Select(e => (e.Number("step"), e.Number("validationLoss")))],
            json.OptionalNumber("chosenStep") is { } chosen ? (int)chosen : null,
            (long)steps.EnumerateArray().Sum(step => step.OptionalNumber("tokens") ?? 0),
            json.OptionalNumber("trainableParameters") is { } parameters ? (long)parameters : null);
    }
}
