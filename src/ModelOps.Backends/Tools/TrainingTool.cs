using System.Text.Json.Nodes;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Tools;

/// <summary>Where a run of a tool finds and leaves things; absolute.</summary>
/// <param name="Model">The base model's folder.</param>
/// <param name="Data">A folder of its own for the rows, with <see cref="TrainingTool.RowFile"/> in it.</param>
/// <param name="Result">Where the adapter is to be.</param>
public sealed record ToolPaths(string Model, string Data, string Result)
{
    /// <summary>For the key, in which no path may be.</summary>
    public static ToolPaths None { get; } = new("model", "data", "result");
}

/// <summary>A setting that a tool cannot be told.</summary>
/// <param name="Setting">Name of the property.</param>
/// <param name="Why">Completes <c>axolotl cannot be told it: …</c>.</param>
public sealed record ToolProblem(string Setting, string Why);

/// <summary>A trainer that a team runs itself, as a program. What it is told is generated from the project's settings; <c>docs/self-hosted.md</c> has the tables.</summary>
public abstract class TrainingTool
{
    public const string RowFile = "train.jsonl";

    /// <summary>The word of <c>Trainer</c>.</summary>
    public abstract string Name { get; }

    /// <summary>For people.</summary>
    public abstract string Title { get; }

    /// <summary>Raised when the same settings would be told in another way; part of the training key.</summary>
    public virtual int Template => 1;

    /// <summary>Versions that the template was written for: what they begin with. Empty: any.</summary>
    public virtual string Series => "";

    /// <summary>The Python distribution whose version is checked before it runs; null where there is none.</summary>
    public virtual string? Distribution => null;

    /// <summary>The usual command, which the file of the configuration follows; null where the project must say.</summary>
    public virtual string? Command => null;

    /// <summary>Its configuration decides everything, and it is generated here. Else a request file carries the settings (<c>docs/worker-protocol.md</c>).</summary>
    public virtual bool HasConfiguration => true;

    /// <summary>The project must name the tool's own chat template.</summary>
    public virtual bool NeedsTemplateName => false;

    /// <summary>Preference pairs are written with one message an answer.</summary>
    public virtual bool TakesOneMessagePerAnswer => false;

    /// <summary>All tools, by the word of <c>Trainer</c>.</summary>
    public static IReadOnlyList<TrainingTool> All { get; } = [new AxolotlTool(), new LlamaFactoryTool(), new TrlTool(), new CommandTool()];

    public static TrainingTool? Find(string name) => All.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>What cannot be told to it. Nothing is dropped silently.</summary>
    public virtual IEnumerable<ToolProblem> Check(TrainOptions options)
    {
        (bool Is, string Setting, string Why)[] problems =
        [
            (options.Method == "full", "FineTuneMethod", "its result is taken as an adapter; use lora, qlora, dpo or dpo-qlora"),
            (options.LoraAlpha != Math.Floor(options.LoraAlpha), "LoraAlpha", "it takes whole numbers"),
            (options.PreserveDataOrder, "PreserveDataOrder", "it shuffles the rows itself"),
            (options.LoadBestModelAtEnd, "LoadBestModelAtEnd", "it is given no validation rows"),
            (options.EarlyStoppingPatience > 0, "EarlyStoppingPatience", "it is given no validation rows"),
            (options is { Objective: "dpo", DpoLabelSmoothing: > 0 }, "DpoLabelSmoothing", "no option of it is known to mean this"),
            (options.Seed > uint.MaxValue, "Seed", $"it takes seeds up to {uint.MaxValue}"),
            (options is { Epochs: 0, MaxSteps: 0 }, "Epochs", "it trains one epoch or more"),
        ];
        return problems.Where(p => p.Is).Select(p => new ToolProblem(p.Setting, p.Why));
    }

    /// <summary>The tool's configuration, without anything that does not change the result but for paths and <c>CheckpointEverySteps</c>.</summary>
    /// <param name="template">The tool's own name of a chat template, where <see cref="NeedsTemplateName"/>.</param>
    public abstract JsonObject Configure(TrainOptions options, ToolPaths paths, string template);

    /// <summary>Further files in the folder of the rows, by name.</summary>
    public virtual IEnumerable<(string Name, JsonObject Content)> DataFiles(TrainOptions options) => [];

    /// <summary>A number that every reader of YAML takes for one: 1e-05 is a text to some of them.</summary>
    protected static JsonNode Number(double value) => JsonValue.Create(value == Math.Floor(value) && Math.Abs(value) < 1e15 ? (decimal)value : decimal.Parse(value.ToString("0.############################", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Transformers' word for a schedule: its <c>constant</c> does not warm up.</summary>
    protected static string Schedule(TrainOptions options) => options is { Schedule: "constant", WarmupRatio: > 0 } ? "constant_with_warmup" : options.Schedule;

    protected static JsonArray Modules(TrainOptions options) => new([.. options.TargetModules.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(m => (JsonNode)JsonValue.Create(m))]);

    protected static bool In4Bit(TrainOptions options) => options is { Method: "qlora", QuantizationType: "nf4" };

    protected static bool In8Bit(TrainOptions options) => options is { Method: "qlora", QuantizationType: "int8" };

    // A checkpoint changes no result; a step that never comes writes none.
    protected static int SaveSteps(TrainOptions options) => options.CheckpointEverySteps > 0 ? options.CheckpointEverySteps : 1_000_000_000;
}
