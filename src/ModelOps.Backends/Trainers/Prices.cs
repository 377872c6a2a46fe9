using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;

namespace ModelOps.Backends.Trainers;

/// <summary>What a provider charges for one base model. All amounts are for a million tokens.</summary>
/// <param name="Training">Of the training rows, as often as they are seen.</param>
/// <param name="Date">When somebody looked.</param>
/// <param name="Source">Where.</param>
public sealed record TrainerPrice(string Trainer, string Model, decimal Training, DateOnly Date, string Source)
{
    public string Currency { get; init; } = "USD";

    /// <summary>Of prompts to the tuned model; null where nothing is asked of it there.</summary>
    public double? Prompt { get; init; }

    public double? Completion { get; init; }

    /// <summary>Of prompts to the model as it is; null: as the tuned one.</summary>
    public double? BasePrompt { get; init; }

    public double? BaseCompletion { get; init; }

    /// <summary>Of asking the tuned model, or the base model; null when the entry does not say.</summary>
    public TokenPrice? Asking(bool tuned)
        => Prompt is not { } prompt || Completion is not { } completion ? null
            : tuned ? new TokenPrice(prompt, completion, Currency) : new TokenPrice(BasePrompt ?? prompt, BaseCompletion ?? completion, Currency);
}

/// <summary>
/// The price list that a project keeps: a JSON list of <see cref="TrainerPrice"/>. The product brings no prices, because they change and nobody could answer
/// for old ones; who consents to spending says what it stands on, with date and source.
/// </summary>
public sealed class PriceList
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true, ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true,
    };

    private readonly TrainerPrice[] _prices;

    private PriceList(TrainerPrice[] prices, string path) => (_prices, Path) = (prices, path);

    /// <summary>Of the file; empty when the project has none.</summary>
    public string Path { get; }

    public static PriceList None { get; } = new([], "");

    /// <exception cref="DiagnosticException"><c>MOPS3105</c>: it cannot be read.</exception>
    public static PriceList Read(string path)
    {
        try
        {
            TrainerPrice[] prices = JsonSerializer.Deserialize<TrainerPrice[]>(File.ReadAllBytes(path), s_json) ?? throw new JsonException("it is no list");
            return Array.Find(prices, p => p.Training < 0 || p.Prompt < 0 || p.Completion < 0 || p.BasePrompt < 0 || p.BaseCompletion < 0) is { } wrong
                ? throw new JsonException($"the entry of '{wrong.Model}' has an amount below 0") : new PriceList(prices, path);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw TrainerErrors.BadPrices(path, e.Message);
        }
    }

    /// <summary>The entry of a model, the latest when there are several; null when there is none.</summary>
    public TrainerPrice? Of(string trainer, string model)
        => _prices.Where(p => p.Trainer.Equals(trainer, StringComparison.OrdinalIgnoreCase) && p.Model == model).MaxBy(p => p.Date);
}

/// <summary>What a training will cost, before anything is sent.</summary>
/// <param name="Tokens">That the provider would count, from above: as often as they are seen.</param>
public sealed record TrainingEstimate(long Tokens, decimal Amount, TrainerPrice Price)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Amount:0.00} {Price.Currency} ({Tokens} tokens at most, {Price.Training:0.####} a million, price of {Price.Date:yyyy-MM-dd})");
}
