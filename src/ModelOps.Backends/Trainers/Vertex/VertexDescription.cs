using System.Text.Json.Nodes;
using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Trainers.Vertex;

/// <summary>Gemini's tuning on Google's Vertex AI; <c>docs/providers/vertex.md</c>.</summary>
public static class VertexDescription
{
    /// <summary>With the bucket, and a folder in it: <c>name</c>, <c>name/folder</c> or <c>gs://name/folder</c>.</summary>
    internal const string BucketVariable = "GOOGLE_CLOUD_STORAGE_BUCKET";

    private const string Sft = "supervisedTuningSpec", Dpo = "preferenceOptimizationSpec", NoValidation = "validation rows are not sent";

    private static readonly Dictionary<int, string> s_adapterSizes = new()
    {
        [1] = "ADAPTER_SIZE_ONE", [2] = "ADAPTER_SIZE_TWO", [4] = "ADAPTER_SIZE_FOUR", [8] = "ADAPTER_SIZE_EIGHT", [16] = "ADAPTER_SIZE_SIXTEEN", [32] = "ADAPTER_SIZE_THIRTY_TWO",
    };

    public static TrainerDescription Trainer { get; } = new()
    {
        Name = "vertex",
        Title = "Vertex AI",
        Url = new Uri("https://us-central1-aiplatform.googleapis.com/v1"),
        Hosts = ["aiplatform.googleapis.com", "-aiplatform.googleapis.com"],
        KeyVariable = "GOOGLE_APPLICATION_CREDENTIALS",
        Weights = TrainedWeights.Kept,
        Methods = ["lora", "dpo"],
        Sent = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Epochs"] = "epochCount", ["LearningRateMultiplier"] = "learningRateMultiplier", ["LoraRank"] = "adapterSize", ["DpoBeta"] = "beta",
        },
        NotSent = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["LearningRate"] = "it takes a factor on a rate of its own, LearningRateMultiplier; unset: it chooses", ["BatchSize"] = "it chooses", ["GradientAccumulationSteps"] = "it chooses",
            ["LearningRateSchedule"] = "it chooses", ["WarmupRatio"] = "it chooses", ["MaxGradNorm"] = "it chooses", ["WeightDecay"] = "it chooses", ["LoraAlpha"] = "it chooses",
            ["LoraDropout"] = "it chooses", ["LoraTargetModules"] = "it chooses", ["UseRsLora"] = "it chooses", ["QuantizationType"] = "it chooses", ["DpoLabelSmoothing"] = "none",
            ["MaxSteps"] = "all epochs are trained", ["Seed"] = "it has none", ["MaxSequenceLength"] = "that of the model", ["EvaluationSteps"] = NoValidation,
            ["EarlyStoppingPatience"] = NoValidation, ["EarlyStoppingThreshold"] = NoValidation, ["LoadBestModelAtEnd"] = NoValidation, ["PreserveDataOrder"] = "it orders the rows itself",
        },
        MinimumRows = 1,
        Recovery = "the list of jobs, by a label with the key",
        Api = ChatApi.Gemini,
        MaxTokensMember = "maxOutputTokens",
        Check = Check,
        CheckRow = GeminiContents.Problem,
        WriteRow = VertexRow.Write,
        Translate = Translate,
        Open = connection => new VertexTrainer(connection),
    };

    /// <summary>The member of a job that says what is to be done.</summary>
    internal static string SpecOf(JsonObject settings) => settings.ContainsKey(Dpo) ? Dpo : Sft;

    private static IEnumerable<SettingProblem> Check(TrainerSettings settings)
    {
        if (settings.Options.Epochs < 1)
        {
            yield return new SettingProblem("Epochs", "a whole number, 1 or more");
        }

        if (!s_adapterSizes.ContainsKey(settings.Options.LoraRank))
        {
            yield return new SettingProblem("LoraRank", $"one of {string.Join(", ", s_adapterSizes.Keys)}");
        }
    }

    private static JsonObject Translate(TrainerSettings settings)
    {
        var parameters = new JsonObject
        {
            ["epochCount"] = settings.Options.Epochs,
            ["adapterSize"] = s_adapterSizes.GetValueOrDefault(settings.Options.LoraRank, "ADAPTER_SIZE_UNSPECIFIED"), // what Check refuses
        };
        if (settings.LearningRateMultiplier is { } factor)
        {
            parameters["learningRateMultiplier"] = factor;
        }

        bool dpo = settings.Options.Objective == "dpo";
        if (dpo)
        {
            parameters["beta"] = settings.Options.DpoBeta;
        }

        // Every checkpoint that is kept would be served at an endpoint of its own.
        return new JsonObject { [dpo ? Dpo : Sft] = new JsonObject { ["exportLastCheckpointOnly"] = true, ["hyperParameters"] = parameters } };
    }
}
