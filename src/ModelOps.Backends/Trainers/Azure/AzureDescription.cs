using System.Text.Json.Nodes;
using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers.OpenAi;

namespace ModelOps.Backends.Trainers.Azure;

/// <summary>Fine-tuning at Azure OpenAI (Microsoft Foundry); <c>docs/providers/azure.md</c>.</summary>
public static class AzureDescription
{
    /// <summary>Of the resource's management; ids of subscriptions are nobody's business, so like the key it comes from the environment.</summary>
    internal const string ResourceVariable = "AZURE_OPENAI_RESOURCE_ID";

    /// <summary>A token of Entra for the management of resources: another one than the key of the resource.</summary>
    internal const string TokenVariable = "AZURE_MANAGEMENT_TOKEN";

    /// <summary>Clouds of governments have addresses of their own.</summary>
    internal const string ManagementVariable = "AZURE_RESOURCE_MANAGER_URL";

    /// <summary>Where and how dearly it trains: <c>standard</c>, <c>globalStandard</c>, <c>developer</c>. It changes no result.</summary>
    internal const string TrainingTypeVariable = "AZURE_OPENAI_TRAINING_TYPE";

    /// <summary>How many thousand tokens a minute a deployment takes.</summary>
    internal const string CapacityVariable = "AZURE_OPENAI_CAPACITY";

    /// <summary>How the base model is deployed.</summary>
    internal const string BaseSkuVariable = "AZURE_OPENAI_BASE_SKU";

    public static TrainerDescription Trainer { get; } = new()
    {
        Name = "azure",
        Title = "Azure OpenAI",
        Url = new Uri("https://your-resource.openai.azure.com/openai/v1"),
        NeedsUrl = true,
        Hosts = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"],
        KeyVariable = "AZURE_OPENAI_API_KEY",
        KeyHeader = KeyHeaders.Azure,
        Weights = TrainedWeights.Kept,
        Methods = ["lora", "dpo"],
        Sent = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Epochs"] = "n_epochs", ["BatchSize"] = "batch_size", ["LearningRateMultiplier"] = "learning_rate_multiplier", ["DpoBeta"] = "beta", ["Seed"] = "seed",
        },
        NotSent = OpenAiDescription.NotSentSettings(),
        MinimumRows = 10,
        Recovery = "the list of jobs, by the suffix, which begins with the key",
        MaxTokensMember = "max_completion_tokens",
        Check = OpenAiDescription.Check,
        Translate = Translate,
        Open = connection => new AzureTrainer(connection),
        Serve = connection => new AzureDeployments(connection),
    };

    /// <summary>As OpenAI is told, but the published specification has numbers alone: what OpenAI is told as <c>auto</c> is left out.</summary>
    private static JsonObject Translate(TrainerSettings settings)
    {
        JsonObject body = OpenAiDescription.Translate(settings);
        if (settings.LearningRateMultiplier is null)
        {
            JsonObject method = body["method"]!.AsObject();
            method[(string)method["type"]!]!["hyperparameters"]!.AsObject().Remove("learning_rate_multiplier");
        }

        return body;
    }
}
