using System.Text.Json;
using System.Text.Json.Serialization;
using ModelOps.Backends.Trainers;

namespace ModelOps.Pipeline.Training;

/// <summary><c>cost.json</c> beside a model that was trained elsewhere, and in its package's lineage: what its training was estimated to cost, and what it cost by the tokens that the provider charged for.</summary>
/// <param name="EstimatedTokens">Before anything was sent, from above.</param>
/// <param name="ChargedTokens">As the provider says; null where it does not.</param>
/// <param name="Charged">At the price of the list; null where the tokens are not known.</param>
/// <param name="Priced">When somebody looked the price up.</param>
public sealed record TrainingCost(string Trainer, string Currency, long EstimatedTokens, decimal Estimated, long? ChargedTokens, decimal? Charged, DateOnly Priced, string Source)
{
    public const string FileName = "cost.json";

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, NewLine = "\n",
        RespectNullableAnnotations = true, RespectRequiredConstructorParameters = false,
    };

    public static TrainingCost Of(string trainer, long? charged, TrainingEstimate estimate) => new(
        trainer, estimate.Price.Currency, estimate.Tokens, Rounded(estimate.Amount), charged, charged is { } tokens ? Rounded(estimate.Price.TrainingOf(tokens)) : null, estimate.Price.Date, estimate.Price.Source);

    public void Write(string folder) => File.WriteAllBytes(Path.Combine(folder, FileName), [.. JsonSerializer.SerializeToUtf8Bytes(this, s_json), (byte)'\n']);

    /// <summary>Null where the bytes are none.</summary>
    public static TrainingCost? TryParse(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingCost>(content, s_json);
        }
        catch (JsonException)
        {
            return null; // Of another version: the lineage says less.
        }
    }

    private static decimal Rounded(decimal amount) => Math.Round(amount, 6);
}
