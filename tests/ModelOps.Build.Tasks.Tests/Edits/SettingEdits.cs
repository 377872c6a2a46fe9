using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>An edit of every setting that the SDK hands to the tasks: made from the SDK's own list, so that a new one is here without being asked.</summary>
internal static class SettingEdits
{
    private static readonly string[] s_numbers = ["7", "3", "0.25", "0.5", "256"];

    /// <summary>Settings that are no number and no word of a list, with another value of each, and what it does. Whoever adds a setting of that kind adds it here.</summary>
    private static readonly Dictionary<string, (string Value, Effect Effect)> s_special = new(StringComparer.Ordinal)
    {
        [Names.LoraTargetModules] = ("q_proj", Effect.Retrains),
        [Names.ModelOpsGates] = ("false", Effect.RegatesOnly),
        [Names.ModelOpsReport] = ("html;junit", Effect.Nothing),
        [Names.FineTuneMethod] = ("full", Effect.Retrains),
        [Names.LoadBestModelAtEnd] = ("true", Effect.Retrains),
        [Names.ModelOpsMode] = ("build", Effect.Nothing),
        [Names.ModelOpsHome] = ("elsewhere", Effect.Nothing),
        [Names.ModelOpsWorkerPath] = ("worker/../worker/ModelOps.Worker.dll", Effect.Nothing),
        [Names.ModelOpsAllowedProperties] = ("Mine", Effect.Nothing),
        [Names.UseEvalLock] = ("true", Effect.Nothing),
        [Names.NearDuplicateThreshold] = ("0.9", Effect.Nothing),
        [Names.NoWarn] = ("MOPS1041", Effect.Nothing),

        // Without sources there is nothing to prepare; what they do with some is in PrepareTests.
        [Names.DataSplit] = ("90/5/5", Effect.Nothing),
        [Names.SplitSeed] = ("7", Effect.Nothing),
        [Names.UseSplitLock] = ("true", Effect.Nothing),
        [Names.Deduplicate] = ("Near", Effect.Nothing),
        [Names.NormalizeUnicode] = ("None", Effect.Nothing),

        // The engine is told none of these; what they do elsewhere is in RemoteKeyTests.
        [Names.ProviderModel] = ("gpt-x", Effect.Nothing),
        [Names.LearningRateMultiplier] = ("0.5", Effect.Nothing),
        [Names.ModelOpsPrices] = ("other.json", Effect.Nothing),
        [Names.ModelOpsProviderUrl] = ("https://gateway.test/v1", Effect.Nothing),
        [Names.ModelOpsProviderKeyVariable] = ("OTHER_KEY", Effect.Nothing),
        [Names.TrainerVersion] = ("1.2.3", Effect.Nothing),
        [Names.TrainerEnvironment] = ("requirements.lock", Effect.Nothing),
        [Names.TrainCommand] = ("train", Effect.Nothing),
        [Names.LlamaFactoryTemplate] = ("qwen3", Effect.Nothing),
        [Names.SlurmOptions] = ("--time=1:00:00", Effect.Nothing),
        [Names.SlurmExport] = ("HF_HOME", Effect.Nothing),
        [Names.SlurmDirectory] = ("shared", Effect.Nothing),
    };

    /// <summary>What the rows of <see cref="EditTable"/> edit with files beside them.</summary>
    private static readonly string[] s_elsewhere = [Names.BaseModel, Names.TorchDevice, Names.TorchSharpFile, Names.OutsideWorker, Names.AnswerSchema, Names.ModelOpsForce];

    /// <summary>What must be set for a setting to mean anything. Whoever adds such a setting adds it here; elsewhere it must change nothing.</summary>
    private static readonly Dictionary<string, (string Name, string Value)[]> s_contexts = new(StringComparer.Ordinal)
    {
        [Names.QuantizationType] = [(Names.FineTuneMethod, "qlora")],
        [Names.DpoBeta] = [(Names.FineTuneMethod, "dpo")],
        [Names.DpoLabelSmoothing] = [(Names.FineTuneMethod, "dpo")],
        [Names.EvaluationSteps] = [(Names.LoadBestModelAtEnd, "true")],
        [Names.EarlyStoppingPatience] = [(Names.LoadBestModelAtEnd, "true"), (Names.EarlyStoppingPatience, "2")],
        [Names.EarlyStoppingThreshold] = [(Names.LoadBestModelAtEnd, "true"), (Names.EarlyStoppingPatience, "2")],
    };

    /// <summary>One method has one trainer; more of either are a choice of their own.</summary>
    private static readonly string[] s_onlyOne = [Names.Trainer, Names.SlurmTrainer];

    public static IReadOnlyList<Edit> All { get; } = [.. SdkDefaults.Settings.Keys.Except(s_elsewhere).Except(s_onlyOne).Select(Of), .. Idle(), .. Spellings()];

    /// <summary>Another spelling of the same value.</summary>
    private static IEnumerable<Edit> Spellings() =>
    [
        Spelling(Names.LearningRate, "1e-4", "0.0001"), Spelling(Names.LearningRate, "0.001", " 1E-3 "), Spelling(Names.LoraAlpha, "32", "32.0"),
        Spelling(Names.Epochs, "3", "03"), Spelling(Names.FineTuneMethod, "lora", "LoRA"), Spelling(Names.UseRsLora, "false", "False"),
        Spelling(Names.LoraTargetModules, "q_proj;v_proj", " v_proj, q_proj "),
    ];

    private static Edit Spelling(string name, string value, string same)
        => new($"{name}: {same} for {value}", Effect.Nothing, p => p.Settings[name] = same, "", () => Projects.Triage().With(name, value));

    /// <summary>Settings outside of what makes them mean anything.</summary>
    private static IEnumerable<Edit> Idle() =>
    [
        .. s_contexts.Keys.Where(n => n != Names.EarlyStoppingPatience).Select(n => new Edit($"setting {n} where it means nothing", Effect.Nothing,
            p => p.Settings[n] = Words(n).FirstOrDefault(w => w != SdkDefaults.Settings[n]) ?? (n == Names.EvaluationSteps ? "7" : "0.25"))),
        new("setting LoraRank in a full fine-tune", Effect.Nothing, p => p.Settings[Names.LoraRank] = "8", "", () => In([(Names.FineTuneMethod, "full")])),
    ];

    private static EditProject In(IEnumerable<(string Name, string Value)> context)
    {
        EditProject project = context.Any(c => c.Value.StartsWith("dpo", StringComparison.Ordinal)) ? Projects.Pairs() : Projects.Triage();
        foreach ((string name, string value) in context)
        {
            project.Settings[name] = value;
        }

        return project;
    }

    private static Edit Of(string name)
    {
        if (s_special.TryGetValue(name, out (string Value, Effect Effect) special))
        {
            return new Edit($"setting {name}", special.Effect, p => p.Settings[name] = special.Value);
        }

        (string Name, string Value)[] context = s_contexts.GetValueOrDefault(name, []);
        TypedSettings before = Typed(context, name, context.FirstOrDefault(c => c.Name == name).Value ?? SdkDefaults.Settings[name])!;
        foreach (string value in Words(name).Concat(s_numbers))
        {
            if (Typed(context, name, value) is { } after && EffectOf(before, after) is var effect and not Effect.Nothing)
            {
                return new Edit($"setting {name} {value}", effect, p => p.Settings[name] = value, "", () => In(context));
            }
        }

        throw new InvalidOperationException($"No other value of {name} was found; add one to {nameof(s_special)}.");
    }

    // From the typed values alone, never from a key.
    private static Effect EffectOf(TypedSettings before, TypedSettings after)
        => Text(before.Training) != Text(after.Training) ? Effect.Retrains : Text(before.Decoding) != Text(after.Decoding) ? Effect.ReevaluatesOnly : Effect.Nothing;

    private static string Text<T>(T options) => System.Text.Json.JsonSerializer.Serialize(options, WorkerJson.Options);

    /// <summary>The words that a setting takes, from the message that refuses another.</summary>
    private static string[] Words(string name)
    {
        var log = new Refusal();
        _ = TypedSettings.Parse(Inputs([], name, "no such word"), _ => default, log);
        string message = log.Messages.FirstOrDefault(m => m.StartsWith($"{name} is ", StringComparison.Ordinal)) ?? "";
        int at = message.IndexOf("one of ", StringComparison.Ordinal);
        return at < 0 ? [] : message[(at + 7)..].TrimEnd('.').Split(", ");
    }

    private static TypedSettings? Typed((string, string)[] context, string name, string value) => TypedSettings.Parse(Inputs(context, name, value), _ => default, new Refusal());

    private static ProjectInputs Inputs((string Name, string Value)[] context, string name, string value)
    {
        var settings = new Dictionary<string, string>(SdkDefaults.Settings);
        foreach ((string other, string set) in context.Append((name, value)))
        {
            settings[other] = set;
        }

        return new ProjectInputs { ProjectFile = "/p/p.csproj", Settings = settings };
    }

    private sealed class Refusal : IStageLog
    {
        public List<string> Messages { get; } = [];

        public void Report(Diagnostic diagnostic) => Messages.Add(diagnostic.Message);

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
