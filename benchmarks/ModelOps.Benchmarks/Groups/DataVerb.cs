using System.Diagnostics;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Benchmarks.Groups;

/// <summary>What the data's measures run in a process of their own.</summary>
internal static class DataVerb
{
    /// <summary><c>validate ROOT FOLDER THRESHOLD</c>: a first Validate of the rows in the folder.</summary>
    public static Dictionary<string, double> Run(string[] arguments)
    {
        (string root, string folder, string threshold) = (arguments[0], arguments[1], arguments[2]);
        string project = Path.Combine(folder, "p.csproj"), output = Path.Combine(folder, "obj");
        File.WriteAllText(project, "<Project />");
        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }

        string train = Path.Combine(folder, "train.jsonl"), eval = Path.Combine(folder, "eval.jsonl");
        var inputs = new ProjectInputs
        {
            ProjectFile = project,
            Settings = Settings(root, threshold),
            TrainingData = [Item(Names.TrainingData, train)],
            EvalData = [Item(Names.EvalData, eval)],
        };
        var log = new Log();
        long start = Stopwatch.GetTimestamp();
        ValidateResult? result = Validate.Run(new ValidateRequest(inputs, new StageFiles(output), null), log, CancellationToken.None);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (result is null)
        {
            throw new InvalidOperationException(string.Join('\n', log.Said));
        }

        return new() { ["megabytesPerSecond"] = (new FileInfo(train).Length + new FileInfo(eval).Length) / 1e6 / seconds };
    }

    private static ProjectItem Item(string type, string path) => new(type, path, path, new Dictionary<string, string>());

    private static Dictionary<string, string> Settings(string root, string threshold) => new()
    {
        [Names.BaseModel] = Path.Combine(root, "sample-repo", "models", "tiny-base"), [Names.Trainer] = "engine", [Names.TorchDevice] = "auto", [Names.FineTuneMethod] = "lora", [Names.QuantizationType] = "nf4",
        [Names.DpoBeta] = "0.1", [Names.DpoLabelSmoothing] = "0", [Names.EvaluationSteps] = "0", [Names.EarlyStoppingPatience] = "0", [Names.EarlyStoppingThreshold] = "0",
        [Names.LoadBestModelAtEnd] = "false", [Names.LoraRank] = "16", [Names.LoraAlpha] = "32", [Names.LoraDropout] = "0", [Names.LoraTargetModules] = "q_proj", [Names.UseRsLora] = "false",
        [Names.LearningRate] = "1e-3", [Names.LearningRateSchedule] = "cosine", [Names.WarmupRatio] = "0.05", [Names.Epochs] = "3", [Names.MaxSteps] = "0", [Names.BatchSize] = "16",
        [Names.GradientAccumulationSteps] = "1", [Names.MaxGradNorm] = "1", [Names.WeightDecay] = "0", [Names.Seed] = "42", [Names.MaxSequenceLength] = "512", [Names.PreserveDataOrder] = "false",
        [Names.MaxNewTokens] = "16", [Names.RepetitionPenalty] = "1", [Names.Temperature] = "0", [Names.TopK] = "0", [Names.TopP] = "1", [Names.Repeats] = "1", [Names.ModelOpsGates] = "false",
        [Names.ModelOpsReport] = "none", [Names.ModelOpsForce] = "false", [Names.NearDuplicateThreshold] = threshold,
    };

    private sealed class Log : IStageLog
    {
        public List<string> Said { get; } = [];

        public void Report(Diagnostic diagnostic)
        {
            lock (Said)
            {
                Said.Add(diagnostic.ToString());
            }
        }

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
