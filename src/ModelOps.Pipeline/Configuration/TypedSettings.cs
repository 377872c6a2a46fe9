using ModelOps.Backends.Tools;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Configuration;

/// <summary>A project's properties as typed values.</summary>
public sealed record TypedSettings
{
    public const string EngineTrainer = "engine";

    public const string TorchTrainer = "torchsharp";

    private static readonly string[] s_torchDevices = ["cpu", "cuda", "auto"];

    // What is trained, and with "dpo" in front: from preference pairs. "dpo" alone trains an adapter, as "lora" does.
    private static readonly string[] s_methods = ["lora", "qlora", "full", "dpo", "dpo-qlora", "dpo-full"];

    public required string Trainer { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c>, or <c>auto</c> where the targets have not decided yet; read for <c>torchsharp</c> only.</summary>
    public string TorchDevice { get; init; } = "auto";

    public required TrainOptions Training { get; init; }

    /// <summary>The trainer elsewhere; null for the engine.</summary>
    public RemoteSettings? Remote { get; init; }

    /// <summary>A trainer that the team runs itself; null for the engine.</summary>
    public ToolSettings? Tool { get; init; }

    /// <summary>The machines that train; null: this one.</summary>
    public ClusterSettings? Cluster { get; init; }

    public required DecodingOptions Decoding { get; init; }

    /// <summary>Jaccard similarity from which rows are near duplicates; 0: not looked for. It never changes a result.</summary>
    public required double NearDuplicateThreshold { get; init; }

    /// <summary>False: no gate decides; a person has said so, and the package records it.</summary>
    public required bool GatesEnabled { get; init; }

    public required bool Force { get; init; }

    /// <summary>All properties, or null when one of them was reported to be invalid.</summary>
    public static TypedSettings? Parse(ProjectInputs inputs, Func<string, SourceLocation> locate, IStageLog log)
    {
        var parser = new SettingParser(inputs, locate, log);
        var settings = new TypedSettings
        {
            Trainer = Trainers(inputs, parser),
            Tool = ToolSettings.Parse(inputs, parser),
            Cluster = ClusterSettings.Parse(inputs, parser),
            TorchDevice = parser.OneOf(Names.TorchDevice, s_torchDevices, "one of cpu, cuda, auto; several devices, or one by its number, are not supported"),
            Training = ParseTraining(parser),
            Remote = RemoteSettings.Parse(inputs, parser),
            Decoding = ParseDecoding(parser, inputs) with
            {
                Temperature = parser.Real(Names.Temperature, 0, 2, "a number from 0 (greedy) to 2"),
                TopK = parser.Integer(Names.TopK, 0),
                TopP = parser.Real(Names.TopP, double.Epsilon, 1, "a number above 0, at most 1"),
                Repeats = parser.Integer(Names.Repeats, 1),
            },
            NearDuplicateThreshold = inputs.Setting(Names.NearDuplicateThreshold).Length == 0 ? 0 : parser.Real(Names.NearDuplicateThreshold, 0, 1, "a number from 0 (not looked for) to 1 (the same words)"),
            GatesEnabled = parser.Boolean(Names.ModelOpsGates),
            Force = parser.Boolean(Names.ModelOpsForce),
        };
        return parser.HasErrors ? null : settings;
    }

    /// <summary>All properties, for stages after Validate, which has reported every bad one.</summary>
    /// <exception cref="DiagnosticException">The first property that is not valid.</exception>
    public static TypedSettings Require(ProjectInputs inputs) => Parse(inputs, _ => new SourceLocation(inputs.ProjectFile), new FirstError())!;

    /// <summary>How a project's model answers without chance, from the properties that decide it alone.</summary>
    /// <exception cref="DiagnosticException">The first property that is not valid.</exception>
    public static DecodingOptions RequireDecoding(ProjectInputs inputs)
        => ParseDecoding(new SettingParser(inputs, _ => new SourceLocation(inputs.ProjectFile), new FirstError()), inputs);

    /// <summary>The word of <c>FineTuneMethod</c>.</summary>
    public string FineTuneMethod => Training switch
    {
        { Objective: "sft" } => Training.Method,
        { Method: "lora" } => Training.Objective,
        _ => $"{Training.Objective}-{Training.Method}",
    };

    private static DecodingOptions ParseDecoding(SettingParser parser, ProjectInputs inputs) => new()
    {
        MaxNewTokens = parser.Integer(Names.MaxNewTokens, 1),
        RepetitionPenalty = parser.Real(Names.RepetitionPenalty, double.Epsilon, double.MaxValue, "a number above 0; 1 changes nothing"),
        JsonSchema = parser.JsonFile(Names.AnswerSchema, inputs.AnswerSchemaFile),
    };

    // A cluster trains nothing itself: what it runs is the trainer, and the same result.
    private static string Trainers(ProjectInputs inputs, SettingParser parser)
    {
        string[] here = [EngineTrainer, .. TrainingTool.All.Select(t => t.Name)];
        string setting = ClusterSettings.TrainerSetting(inputs);
        return parser.OneOf(setting, setting == Names.Trainer ? [.. here, TorchTrainer, .. RemoteTrainers.All.Select(t => t.Name), ClusterSettings.Trainer] : here);
    }

    private static string Weights(string method) => method == "dpo" ? "lora" : method.Replace("dpo-", "", StringComparison.Ordinal);

    private static TrainOptions ParseTraining(SettingParser parser) => ParseTraining(parser, parser.OneOf(Names.FineTuneMethod, s_methods));

    private static TrainOptions ParseTraining(SettingParser parser, string method) => new()
    {
        Method = Weights(method),
        Objective = method.StartsWith("dpo", StringComparison.Ordinal) ? "dpo" : "sft",
        DpoBeta = parser.Real(Names.DpoBeta, double.Epsilon, double.MaxValue, "a number above 0"),
        DpoLabelSmoothing = parser.Real(Names.DpoLabelSmoothing, 0, Math.BitDecrement(0.5), "a number from 0 to below 0.5"),
        QuantizationType = parser.OneOf(Names.QuantizationType, ["nf4", "int8"]),
        LoraRank = parser.Integer(Names.LoraRank, 1),
        LoraAlpha = parser.Real(Names.LoraAlpha, double.Epsilon, double.MaxValue, "a number above 0"),
        LoraDropout = parser.Real(Names.LoraDropout, 0, Math.BitDecrement(1.0), "a number from 0 to below 1"),
        TargetModules = parser.List(Names.LoraTargetModules),
        UseRsLora = parser.Boolean(Names.UseRsLora),
        LearningRate = parser.Real(Names.LearningRate, double.Epsilon, double.MaxValue, "a number above 0, for example 1e-3"),
        Schedule = parser.OneOf(Names.LearningRateSchedule, ["cosine", "linear", "constant"]),
        WarmupRatio = parser.Real(Names.WarmupRatio, 0, 1, "a number from 0 to 1"),
        Epochs = parser.Integer(Names.Epochs, 0),
        MaxSteps = parser.Integer(Names.MaxSteps, 0),
        BatchSize = parser.Integer(Names.BatchSize, 1),
        GradientAccumulationSteps = parser.Integer(Names.GradientAccumulationSteps, 1),
        MaxGradNorm = parser.Real(Names.MaxGradNorm, 0, double.MaxValue, "a number, 0 (never clip) or more"),
        WeightDecay = parser.Real(Names.WeightDecay, 0, double.MaxValue, "a number, 0 or more"),
        EvaluationSteps = parser.Integer(Names.EvaluationSteps, 0),
        EarlyStoppingPatience = parser.Integer(Names.EarlyStoppingPatience, 0),
        EarlyStoppingThreshold = parser.Real(Names.EarlyStoppingThreshold, 0, double.MaxValue, "a number, 0 or more"),
        LoadBestModelAtEnd = parser.Boolean(Names.LoadBestModelAtEnd),
        Seed = parser.Unsigned(Names.Seed),
        MaxSequenceLength = parser.Integer(Names.MaxSequenceLength, 8),
        PreserveDataOrder = parser.Boolean(Names.PreserveDataOrder),
    };

    private sealed class FirstError : IStageLog
    {
        public void Report(Diagnostic diagnostic) => throw new DiagnosticException(diagnostic);

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
