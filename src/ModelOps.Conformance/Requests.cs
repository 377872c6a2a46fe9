using System.Text.Json.Nodes;

namespace ModelOps.Conformance;

/// <summary>Requests and rows as <c>docs/worker-protocol.md</c> spells them.</summary>
internal static class Requests
{
    public const int Rank = 4, Rows = 6, BatchSize = 2, Epochs = 3;
    public const double Alpha = 8, LearningRate = 0.02;

    public static readonly string[] Targets = ["q_proj", "v_proj", "gate_proj", "down_proj"];

    public static JsonObject Of(Workbench bench, string verb, params (string Name, JsonNode? Value)[] more)
    {
        var request = new JsonObject { ["protocol"] = 1, ["verb"] = verb, ["model"] = bench.Model.FullPath, ["threads"] = 0 };
        foreach (var (name, value) in more)
        {
            request[name] = value;
        }

        return request;
    }

    /// <summary>Every option that the protocol has, then the changes.</summary>
    public static JsonObject Options(params (string Name, JsonNode? Value)[] changes)
    {
        var options = new JsonObject
        {
            ["objective"] = "sft", ["dpoBeta"] = 0.1, ["dpoLabelSmoothing"] = 0, ["method"] = "lora", ["quantizationType"] = "nf4", ["loraRank"] = Rank, ["loraAlpha"] = Alpha,
            ["loraDropout"] = 0, ["targetModules"] = new JsonArray([.. Targets.Select(t => (JsonNode)t)]), ["useRsLora"] = false, ["learningRate"] = LearningRate, ["schedule"] = "constant",
            ["warmupRatio"] = 0, ["epochs"] = Epochs, ["maxSteps"] = 0, ["batchSize"] = BatchSize, ["gradientAccumulationSteps"] = 1, ["maxGradNorm"] = 1, ["weightDecay"] = 0,
            ["adamBeta1"] = 0.9, ["adamBeta2"] = 0.999, ["adamEpsilon"] = 1e-8, ["seed"] = 42, ["maxSequenceLength"] = 128, ["preserveDataOrder"] = true, ["evaluationSteps"] = 0,
            ["earlyStoppingPatience"] = 0, ["earlyStoppingThreshold"] = 0, ["loadBestModelAtEnd"] = false, ["checkpointEverySteps"] = 0,
        };
        foreach (var (name, value) in changes)
        {
            options[name] = value;
        }

        return options;
    }

    public static JsonObject Train(Workbench bench, string folder, string output, JsonObject options, int rows = Rows) => Of(
        bench, "train", ("train", bench.Lines(folder, "train.jsonl", Answered(0, rows))), ("validation", bench.Lines(folder, "validation.jsonl", Answered(rows, 2))),
        ("output", Path.Combine(folder, output)), ("checkpoints", null), ("options", options));

    public static JsonObject Prefer(Workbench bench, string folder, string output, JsonObject options) => Of(
        bench, "train", ("train", bench.Lines(folder, "pairs.jsonl", Enumerable.Range(0, Rows).Select(Pair))), ("validation", bench.Lines(folder, "validation-pairs.jsonl", Enumerable.Range(Rows, 2).Select(Pair))),
        ("output", Path.Combine(folder, output)), ("checkpoints", null), ("options", options));

    public static JsonObject Generate(Workbench bench, string folder, string? adapter, IEnumerable<JsonObject> prompts, params (string Name, JsonNode? Value)[] decoding)
    {
        var how = new JsonObject { ["maxNewTokens"] = 12, ["temperature"] = 0 };
        foreach (var (name, value) in decoding)
        {
            how[name] = value;
        }

        return Of(
            bench, "generate", ("adapter", adapter), ("input", bench.Lines(folder, "prompts.jsonl", prompts)), ("output", Path.Combine(folder, "answers.jsonl")), ("decoding", how));
    }

    public static string TrainAdapter(Workbench bench)
    {
        string folder = bench.Folder();
        using Execution run = bench.Complete(Train(bench, folder, "adapter", Options()));
        return Path.Combine(folder, "adapter");
    }

    public static (string Role, string Content)[] Messages(int row) => [("user", $"question {row}"), ("assistant", row % 2 == 0 ? $"yes, {row}" : "no – never")];

    public static (string Role, string Content)[] Question(int row) => Messages(row)[..1];

    public static IEnumerable<JsonObject> Answered(int first, int count) => Enumerable.Range(first, count).Select(i => Line($"r{i}", Messages(i)));

    public static IEnumerable<JsonObject> Asked(int count) => Enumerable.Range(0, count).Select(i => Line($"p{i}", Question(i)));

    public static JsonObject Line(string id, params (string Role, string Content)[] messages) => new() { ["id"] = id, ["messages"] = List(messages) };

    /// <summary>Prompt of several turns, and two answers.</summary>
    public static (string Role, string Content)[] PairPrompt(int row) => [("user", "hello"), ("assistant", "hi"), ("user", $"question {row}")];

    public static string Chosen(int row) => $"yes, {row}";

    public const string Rejected = "who knows";

    private static JsonObject Pair(int row) => new()
    {
        ["id"] = $"d{row}", ["prompt"] = List(PairPrompt(row)), ["chosen"] = List([("assistant", Chosen(row))]), ["rejected"] = List([("assistant", Rejected)]),
    };

    private static JsonArray List((string Role, string Content)[] messages)
        => new([.. messages.Select(m => (JsonNode)new JsonObject { ["role"] = m.Role, ["content"] = m.Content })]);
}
