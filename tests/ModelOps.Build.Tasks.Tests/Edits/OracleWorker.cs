using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>
/// A trainer in this process whose results depend on every bit that a trainer may look at, and on nothing else: rows, options, the model's
/// content. So two builds that differ in anything that matters differ in their bytes, and a wrong skip shows. It answers like the mock worker.
/// </summary>
internal sealed class OracleWorker
{
    private const string Memory = "mock.json";

    /// <summary>Of <c>config.json</c>: what describes a file and not a model.</summary>
    private static readonly string[] s_idle = ["_name_or_path", "transformers_version", "torch_dtype", "use_cache", "initializer_range", "architectures", "made_by"];

    /// <summary>Verbs in the order in which they were asked for.</summary>
    public List<string> Ran { get; } = [];

    public WorkerRun Run(WorkerRequest request)
    {
        if (request is InspectRequest)
        {
            return new WorkerRun(new ResultEvent(), []); // It has no tokenizer, so it counts no tokens.
        }

        Ran.Add(request switch { TrainRequest => "train", GenerateRequest => "generate", _ => "score" });
        switch (request)
        {
            case TrainRequest train:
                Train(train);
                break;
            case GenerateRequest generate:
                Generate(generate);
                break;
            case ScoreRequest score:
                Write(score.Output, Rows(score.Input).Select(row => new ScoreLine(row.Id, 2, 0.1 + (Share(Subject(score.Model, score.Adapter), row) / (score.Adapter is null ? 1 : 10)))));
                break;
        }

        return new WorkerRun(new ResultEvent { Steps = 1, Tokens = 10, Rows = 1, Seconds = 0.01 }, []);
    }

    private static void Train(TrainRequest request)
    {
        string[] learned = request.Options.Epochs > 0 ? [.. File.ReadLines(request.Train).Select(Answer).Distinct().Order(StringComparer.Ordinal)] : [];
        Directory.CreateDirectory(request.Output);
        foreach (string file in (string[])["adapter_config.json", "config.json", "model.safetensors", "tokenizer.json", "training.json"])
        {
            File.WriteAllText(Path.Combine(request.Output, file), "{}");
        }

        File.WriteAllText(Path.Combine(request.Output, Memory), JsonSerializer.Serialize(learned));
        string validation = request.Options.ChoosesByValidation && request.Validation is { } rows ? File.ReadAllText(rows) : "";
        string weights = Hash(File.ReadAllText(request.Train), validation, JsonSerializer.Serialize(Effective(request.Options), WorkerJson.Options), Model(request.Model));
        File.WriteAllText(Path.Combine(request.Output, "adapter_model.safetensors"), weights);
    }

    /// <summary>Options that the method does not use are as if they were not there; a list of modules is a set.</summary>
    private static TrainOptions Effective(TrainOptions options)
    {
        var defaults = new TrainOptions();
        TrainOptions used = options with { CheckpointEverySteps = 0, TargetModules = [.. options.TargetModules.Distinct().Order(StringComparer.Ordinal)] };
        used = options.Objective == "dpo" ? used : used with { DpoBeta = defaults.DpoBeta, DpoLabelSmoothing = defaults.DpoLabelSmoothing };
        used = options.ChoosesByValidation ? used with { LoadBestModelAtEnd = true } : used with { EvaluationSteps = 0, EarlyStoppingThreshold = 0 };
        used = options.EarlyStoppingPatience > 0 ? used : used with { EarlyStoppingThreshold = 0 };
        used = options.Method == "qlora" ? used : used with { QuantizationType = defaults.QuantizationType };
        return options.Method != "full" ? used : used with
        {
            LoraRank = defaults.LoraRank, LoraAlpha = defaults.LoraAlpha, LoraDropout = 0, UseRsLora = false, TargetModules = defaults.TargetModules,
        };
    }

    private static void Generate(GenerateRequest request)
    {
        string subject = Subject(request.Model, request.Adapter);
        string decoding = JsonSerializer.Serialize(request.Decoding with { Repeats = 1 }, WorkerJson.Options);
        string memory = Path.Combine(request.Adapter ?? request.Model, Memory);
        string[] learned = File.Exists(memory) ? JsonSerializer.Deserialize<string[]>(File.ReadAllText(memory))! : [];
        Write(request.Output, Rows(request.Input).SelectMany(prompt => Enumerable.Range(0, request.Decoding.Repeats).Select(repeat =>
        {
            string answer = learned.FirstOrDefault(a => Question(prompt).Split(' ', '"').Contains(a)) ?? "unknown";
            return new AnswerLine(prompt.Id, repeat, answer, 1 + (int)(1000 * Share($"{subject}{decoding}{repeat}", prompt)), 1, "stop", 1.5);
        })));
    }

    // Of a row, or of a preference pair.
    private static string Answer(string line) => (string)(JsonNode.Parse(line)! is var row && row["messages"] is JsonArray messages ? messages : row["chosen"]!.AsArray())[^1]!["content"]!;

    private static string Question(PromptLine prompt) => prompt.Messages[^1].Content;

    private static string Subject(string model, string? adapter)
        => Hash(Model(model), adapter is null ? "" : File.ReadAllText(Path.Combine(adapter, "adapter_model.safetensors")));

    private static string Model(string folder)
    {
        string config = string.Join(',', Object(folder, "config.json").Where(m => !s_idle.Contains(m.Key)).OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}={Value(m.Value)}"));
        string special = string.Join(',', Object(folder, "tokenizer_config.json").Where(m => m.Key.EndsWith("_token", StringComparison.Ordinal)).Select(m => $"{m.Key}={m.Value}"));
        return Hash(config, special, $"{Object(folder, "generation_config.json")["eos_token_id"]}",
            string.Concat(((string[])["chat_template.jinja", "tokenizer.json", "model.safetensors"]).Select(f => Text(folder, f))));
    }

    // 10000 and 10000.0 are one number to a program.
    private static string Value(JsonNode? value) => value is JsonValue number && number.TryGetValue(out double parsed) ? parsed.ToString("R") : value?.ToJsonString() ?? "";

    private static JsonObject Object(string folder, string file) => Text(folder, file) is { Length: > 0 } text ? JsonNode.Parse(text)!.AsObject() : [];

    private static string Text(string folder, string file) => File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)) : "";

    private static double Share(string subject, PromptLine line) => Convert.ToInt32(Hash(subject, JsonSerializer.Serialize(line.Messages))[..7], 16) / (double)0x10000000;

    private static string Hash(params string[] parts) => Digest.Of(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(parts))).Hex;

    private static IEnumerable<PromptLine> Rows(string path) => File.ReadLines(path).Select(line => JsonSerializer.Deserialize<PromptLine>(line, WorkerJson.Options)!);

    private static void Write<T>(string path, IEnumerable<T> lines) => File.WriteAllLines(path, lines.Select(line => JsonSerializer.Serialize(line, WorkerJson.Options)));
}
