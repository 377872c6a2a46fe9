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

    /// <summary>What a training costs at least; null: nothing.</summary>
    public decimal? TrainingMinimum { get; init; }

    /// <summary>An hour in which the tuned model is deployed; null where only requests are charged.</summary>
    public decimal? HostingHour { get; init; }

    /// <summary>A month in which the tuned model is kept; null where that is free.</summary>
    public decimal? StorageMonth { get; init; }

    /// <summary>Of prompts to the tuned model; null where nothing is asked of it there.</summary>
    public double? Prompt { get; init; }

    public double? Completion { get; init; }

    /// <summary>Of prompts to the model as it is; null: as the tuned one.</summary>
    public double? BasePrompt { get; init; }

    public double? BaseCompletion { get; init; }

    /// <summary>What a training on so many tokens costs.</summary>
    public decimal TrainingOf(long tokens) => Math.Max(tokens * Training / Million, TrainingMinimum ?? 0);

    /// <summary>Somebody should look again.</summary>
    public bool IsStale(DateTimeOffset now) => (DateOnly.FromDateTime(now.UtcDateTime).DayNumber - Date.DayNumber) > StaleAfterDays;

    /// <summary>Half a year: providers change their prices about once or twice a year.</summary>
    public const int StaleAfterDays = 183;

    private const decimal Million = 1_000_000m;

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
            return prices.Select(Problem).FirstOrDefault(p => p is not null) is { } problem ? throw new JsonException(problem) : new PriceList(prices, path);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw TrainerErrors.BadPrices(path, e.Message);
        }
    }

    private static string? Problem(TrainerPrice price)
        => price.Training < 0 || price.Prompt < 0 || price.Completion < 0 || price.BasePrompt < 0 || price.BaseCompletion < 0 || price.TrainingMinimum < 0 || price.HostingHour < 0 || price.StorageMonth < 0
            ? $"the entry of '{price.Model}' has an amount below 0"
            : price.Trainer.Length == 0 || price.Model.Length == 0 || price.Source.Length == 0 ? $"the entry of '{price.Model}' has an empty trainer, model or source"
            : price.Currency.Length != 3 || !price.Currency.All(char.IsAsciiLetterUpper) ? $"the entry of '{price.Model}' has the currency '{price.Currency}', which is none of ISO 4217" : null;

    /// <summary>The entry of a model, the latest when there are several; null when there is none.</summary>
    public TrainerPrice? Of(string trainer, string model)
        => _prices.Where(p => p.Trainer.Equals(trainer, StringComparison.OrdinalIgnoreCase) && p.Model == model).MaxBy(p => p.Date);
}

/// <summary>What a training will cost, before anything is sent.</summary>
/// <param name="Tokens">That the provider would count, as often as they are seen.</param>
public sealed record TrainingEstimate(long Tokens, decimal Amount, TrainerPrice Price)
{
    /// <summary>The tokens were counted by the base model's own tokenizer; else they are estimated from above.</summary>
    public bool IsExact { get; init; }

    /// <summary>Of a number of tokens, counted or estimated.</summary>
    public static TrainingEstimate Of(long tokens, TrainerPrice price) => new(tokens, price.TrainingOf(tokens), price);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Amount:0.00} {Price.Currency} ({Tokens} tokens {(IsExact ? "by the base model's tokenizer" : "at most")}, {Price.Training:0.####} a million, price of {Price.Date:yyyy-MM-dd})");
}
