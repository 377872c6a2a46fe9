using System.Globalization;
using System.Text.Json.Nodes;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>Models of Bedrock that take the same hyper-parameters, in the same ranges, and the same rows. Sources: <c>docs/providers/bedrock.md</c>.</summary>
/// <param name="Title">For people.</param>
/// <param name="Prefixes">How their ids begin.</param>
internal sealed record BedrockFamily(string Title, string[] Prefixes, BedrockRows Rows)
{
    private const string Hidden = "it does not say what it trains", NoValidation = "validation rows are not sent", NoPairs = "it trains on no pairs", Chosen = "it chooses";

    public required int MinimumRows { get; init; }

    public required int MostEpochs { get; init; }

    /// <summary>Null: a batch is not for the caller to say.</summary>
    public (int Least, int Most)? Batch { get; init; }

    /// <summary>Of an absolute rate; null: it takes a factor on its own.</summary>
    public (double Least, double Most)? Rate { get; init; }

    public (double Least, double Most)? Factor { get; init; }

    public static BedrockFamily Nova { get; } = new("Nova", ["amazon.nova-"], BedrockRows.Conversation) { MinimumRows = 8, MostEpochs = 5, Rate = (1e-6, 1e-4) };

    public static IReadOnlyList<BedrockFamily> All { get; } =
    [
        Nova,
        new("Claude", ["anthropic.claude-"], BedrockRows.Messages) { MinimumRows = 32, MostEpochs = 10, Batch = (4, 256), Factor = (0.1, 2) },
        new("Llama", ["meta.llama"], BedrockRows.Completion) { MinimumRows = 1, MostEpochs = 10, Rate = (5e-6, 0.1) },
        new("Titan Premier", ["amazon.titan-text-premier"], BedrockRows.Completion) { MinimumRows = 1, MostEpochs = 5, Rate = (1e-7, 1e-5) },
        new("Titan", ["amazon.titan-text-"], BedrockRows.Completion) { MinimumRows = 1, MostEpochs = 10, Batch = (1, 64), Rate = (0, 1) },
    ];

    /// <summary>Null for a model of which no rows and no ranges are known. A model may be named by its id or by its ARN.</summary>
    public static BedrockFamily? Of(string model)
    {
        string id = model[(model.LastIndexOf('/') + 1)..];
        return All.FirstOrDefault(family => family.Prefixes.Any(prefix => id.StartsWith(prefix, StringComparison.Ordinal)));
    }

    public IReadOnlyDictionary<string, string> Sent()
    {
        var sent = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["Epochs"] = "epochCount" };
        Add(Batch is not null, "BatchSize", "batchSize");
        Add(Rate is not null, "LearningRate", "learningRate");
        Add(Factor is not null, "LearningRateMultiplier", "learningRateMultiplier");
        return sent;

        void Add(bool takes, string setting, string name)
        {
            if (takes)
            {
                sent[setting] = name;
            }
        }
    }

    public IReadOnlyDictionary<string, string> NotSent()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["BatchSize"] = Rows == BedrockRows.Completion ? "a batch is one row" : Chosen,
            ["LearningRate"] = "it takes a factor on a rate of its own, LearningRateMultiplier; unset: 1", ["LearningRateMultiplier"] = "it takes LearningRate",
            ["LearningRateSchedule"] = Chosen, ["WarmupRatio"] = "it takes steps, and chooses", ["MaxGradNorm"] = Chosen, ["WeightDecay"] = Chosen,
            ["LoraRank"] = Hidden, ["LoraAlpha"] = Hidden, ["LoraDropout"] = Hidden, ["LoraTargetModules"] = Hidden, ["UseRsLora"] = Hidden, ["QuantizationType"] = Hidden,
            ["DpoBeta"] = NoPairs, ["DpoLabelSmoothing"] = NoPairs, ["Seed"] = "it has none", ["MaxSteps"] = "all epochs are trained", ["GradientAccumulationSteps"] = "a batch is a batch",
            ["MaxSequenceLength"] = "that of the model", ["EvaluationSteps"] = NoValidation, ["EarlyStoppingPatience"] = NoValidation, ["EarlyStoppingThreshold"] = NoValidation,
            ["LoadBestModelAtEnd"] = NoValidation, ["PreserveDataOrder"] = "it orders the rows itself",
        };
        foreach (string sent in Sent().Keys)
        {
            all.Remove(sent);
        }

        return all;
    }

    public IEnumerable<SettingProblem> Check(TrainerSettings settings)
    {
        if (settings.Options.Epochs < 1 || settings.Options.Epochs > MostEpochs)
        {
            yield return new SettingProblem("Epochs", $"a whole number from 1 to {MostEpochs.ToString(CultureInfo.InvariantCulture)}");
        }

        if (Batch is var (least, most) && (settings.Options.BatchSize < least || settings.Options.BatchSize > most))
        {
            yield return new SettingProblem("BatchSize", string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
        }

        if (Rate is { } rate && !Holds(settings.Options.LearningRate, rate))
        {
            yield return new SettingProblem("LearningRate", Range(rate));
        }

        if (Factor is { } factor && settings.LearningRateMultiplier is { } asked && !Holds(asked, factor))
        {
            yield return new SettingProblem("LearningRateMultiplier", Range(factor));
        }
    }

    /// <summary>The part of a job's request that decides its result: hyper-parameters are strings there.</summary>
    public JsonObject Translate(TrainerSettings settings)
    {
        var values = new JsonObject { ["epochCount"] = settings.Options.Epochs.ToString(CultureInfo.InvariantCulture) };
        if (Batch is not null)
        {
            values["batchSize"] = settings.Options.BatchSize.ToString(CultureInfo.InvariantCulture);
        }

        if (Rate is not null)
        {
            values["learningRate"] = Plain(settings.Options.LearningRate);
        }

        if (Factor is not null && settings.LearningRateMultiplier is { } factor)
        {
            values["learningRateMultiplier"] = Plain(factor);
        }

        return new JsonObject { ["customizationType"] = "FINE_TUNING", ["hyperParameters"] = values };
    }

    private static bool Holds(double value, (double Least, double Most) range) => value >= range.Least && value <= range.Most;

    private static string Range((double Least, double Most) range) => $"a number from {Plain(range.Least)} to {Plain(range.Most)}";

    // 0.00001 and not 1E-05: what reads these strings is not said to know exponents.
    private static string Plain(double value) => Math.Abs(value) is >= 1e-20 and < 1e20 ? ((decimal)value).ToString("0.############################", CultureInfo.InvariantCulture) : value.ToString("R", CultureInfo.InvariantCulture);
}
