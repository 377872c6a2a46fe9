using System.Globalization;
using System.Text.Json;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Benchmarks.Groups;

/// <summary>What the engine's process does for the measures of training.</summary>
internal static class TrainingVerb
{
    /// <summary><c>write-model PRESET FOLDER</c></summary>
    public static Dictionary<string, double> WriteModel(string[] arguments)
    {
        using var model = LlamaModel.CreateRandom(EngineModels.Config(arguments[0]), seed: 1);
        model.Save(arguments[1]);
        return [];
    }

    /// <summary>
    /// <c>train MODEL METHOD THREADS BATCH STEPS SKIP [DATA]</c>: without data, rows of 256 random tokens, all scored, as the peer makes them.
    /// METHOD is <c>lora</c>, <c>full</c>, or <c>nf4</c> for LoRA over quantised weights. Returns medians over the steps after <c>SKIP</c>: <c>tokensPerSecond</c> and <c>rowsPerSecond</c>.
    /// </summary>
    public static Dictionary<string, double> Run(string[] arguments)
    {
        int Number(int index) => int.Parse(arguments[index], CultureInfo.InvariantCulture);
        int batch = Number(3), steps = Number(4), skip = Number(5);
        var (method, quantization) = arguments[1] switch
        {
            "nf4" => (TrainingMethod.Lora, WeightQuantization.Nf4),
            var word => (Enum.Parse<TrainingMethod>(word, ignoreCase: true), WeightQuantization.None),
        };
        using var model = LlamaModel.Load(arguments[0], quantization, Number(2));
        List<TrainingExample> rows = arguments.Length > 6 ? ReadRows(arguments[6]) : RandomRows(4 * batch, model.Config.VocabularySize);
        var options = new TrainingOptions
        {
            Method = method,
            LoraRank = 8, LoraAlpha = 16, TargetModules = ["q_proj", "k_proj", "v_proj", "o_proj"],
            LearningRate = 1e-3, Schedule = LearningRateSchedule.Constant, MaxGradNorm = 0,
            BatchSize = batch, Threads = Number(2), MaxSteps = steps, Epochs = 1 + steps * batch / rows.Count, PreserveDataOrder = true, MaxSequenceLength = 1024,
        };
        var clock = new StepClock();
        SupervisedTrainer.Run(model, rows, [], options, clock);
        return Rates(clock.Seconds, rows, batch, skip);
    }

    private static Dictionary<string, double> Rates(List<double> seconds, List<TrainingExample> rows, int batch, int skip)
    {
        var tokens = new List<double>();
        double spent = 0;
        for (int step = skip; step < seconds.Count; step++)
        {
            tokens.Add(Enumerable.Range(step * batch, batch).Sum(r => rows[r % rows.Count].Tokens.Length) / seconds[step]);
            spent += seconds[step];
        }

        return new()
        {
            ["tokensPerSecond"] = Runner.Median([.. tokens]),
            ["rowsPerSecond"] = batch * tokens.Count / spent,
        };
    }

    private static List<TrainingExample> RandomRows(int count, int vocabulary)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => TrainingExample.AllScored([.. Enumerable.Range(0, 256).Select(_ => random.Next(vocabulary))]))];
    }

    private static List<TrainingExample> ReadRows(string path) => [.. File.ReadLines(path).Select(line =>
    {
        using var row = JsonDocument.Parse(line);
        int[] Numbers(string name) => [.. row.RootElement.GetProperty(name).EnumerateArray().Select(e => e.GetInt32())];
        return new TrainingExample(Numbers("input_ids"), [.. Numbers("labels").Select(label => label >= 0)]);
    })];

    /// <summary>Time between the ends of steps.</summary>
    private sealed class StepClock : IProgress<TrainingProgress>
    {
        private long _last = System.Diagnostics.Stopwatch.GetTimestamp();

        public List<double> Seconds { get; } = [];

        public void Report(TrainingProgress value)
        {
            Seconds.Add(System.Diagnostics.Stopwatch.GetElapsedTime(_last).TotalSeconds);
            _last = System.Diagnostics.Stopwatch.GetTimestamp();
        }
    }
}
