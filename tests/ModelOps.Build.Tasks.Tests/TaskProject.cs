using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests;

/// <summary>A project as the targets hand it to tasks.</summary>
internal sealed class TaskProject : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TaskProject()
    {
        _folder.Write("p.csproj", "<Project />");
        _folder.Write("base/config.json", """{"model_type":"llama"}""");
        _folder.Write("base/tokenizer.json", "{}");
        _folder.Write("base/chat_template.jinja", "{{ messages }}");
        _folder.Write("base/model.safetensors", "weights");
        _folder.Write("train.jsonl", TriageData.Lines(TriageData.TrainRow));
        _folder.Write("eval.jsonl", TriageData.Lines(TriageData.EvalRow));
        _folder.Write("zero.prompty", "---\nname: zero\n---\nuser:\n{{input}}\n");
    }

    public Dictionary<string, string> Settings { get; } = Defaults();

    public ITaskItem[] Gates { get; set; } = [new TaskItem("ExactMatch", new Dictionary<string, string> { ["Minimum"] = "0.8" })];

    public string this[string file] => _folder[file];

    public MockEngine Engine { get; private set; } = new();

    public string Write(string file, string text) => _folder.Write(file, text);

    /// <summary>Runs a task with all that it asks for.</summary>
    public bool Run(StageTask task)
    {
        Engine = new MockEngine();
        task.BuildEngine = Engine;
        task.ProjectFile = _folder["p.csproj"];
        task.Settings = [.. Settings.Select(s => new TaskItem(s.Key, new Dictionary<string, string> { ["Value"] = s.Value }))];
        if (task is DataTask data)
        {
            data.TrainingData = [new TaskItem(_folder["train.jsonl"])];
            data.EvalData = [new TaskItem(_folder["eval.jsonl"])];
            data.PromptBaselines = [new TaskItem(_folder["zero.prompty"])];
            data.Gates = Gates;
        }

        if (task is ReceiptTask stage)
        {
            stage.Directory = _folder["obj"] + Path.DirectorySeparatorChar;
            stage.Receipt = Receipt(task.GetType().Name);
        }

        if (task is WorkerTask worker)
        {
            (task as Train)?.CheckpointSteps = "20";
            (worker.StoreRoot, worker.WorkerPath, worker.Threads) = (_folder["store"], SourceTree.MockWorker, "0");
        }

        using (task)
        {
            return task.Execute();
        }
    }

    public string Receipt(string stage) => _folder[$"obj/receipts/{stage}"];

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, string> Defaults() => new()
    {
        [Names.BaseModel] = "base",
        [Names.Trainer] = "engine",
        [Names.FineTuneMethod] = "lora",
        [Names.QuantizationType] = "nf4",
        [Names.TorchDevice] = "auto",
        [Names.DpoBeta] = "0.1",
        [Names.DpoLabelSmoothing] = "0",
        [Names.EvaluationSteps] = "0",
        [Names.EarlyStoppingPatience] = "0",
        [Names.EarlyStoppingThreshold] = "0",
        [Names.LoadBestModelAtEnd] = "false",
        [Names.LoraRank] = "16",
        [Names.LoraAlpha] = "32",
        [Names.LoraDropout] = "0",
        [Names.LoraTargetModules] = "q_proj",
        [Names.UseRsLora] = "false",
        [Names.LearningRate] = "1e-3",
        [Names.LearningRateSchedule] = "cosine",
        [Names.WarmupRatio] = "0.05",
        [Names.Epochs] = "3",
        [Names.MaxSteps] = "0",
        [Names.BatchSize] = "16",
        [Names.GradientAccumulationSteps] = "1",
        [Names.MaxGradNorm] = "1",
        [Names.WeightDecay] = "0",
        [Names.Seed] = "42",
        [Names.MaxSequenceLength] = "512",
        [Names.PreserveDataOrder] = "false",
        [Names.MaxNewTokens] = "16",
        [Names.RepetitionPenalty] = "1",
        [Names.Temperature] = "0",
        [Names.TopK] = "0",
        [Names.TopP] = "1",
        [Names.Repeats] = "1",
        [Names.ModelOpsGates] = "true",
        [Names.ModelOpsReport] = "html",
        [Names.ModelOpsForce] = "false",
    };
}
