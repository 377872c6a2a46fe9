using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;
using TinyBase.Corpus;

namespace TinyBase.Training;

/// <summary>Trains the base model from nothing, with snapshots and probes on the way; an interrupted run continues from its checkpoint.</summary>
internal sealed class BaseTraining(string folder, int threads) : IProgress<TrainingProgress>
{
    private const int ReportEvery = 20;
    private const int ProbeEvery = 300;
    private const int CheckpointEvery = 100;
    private const int FinalProbeRows = 300;
    private const int HeldOutDocuments = 200;
    private const int ProbeRows = 50;

    private readonly ModelOps.Engine.Tokenization.Tokenizer _tokenizer = ModelOps.Engine.Tokenization.Tokenizer.Load(folder);
    private LlamaModel? _model;
    private string _phase = "";
    private long _tokens;
    private double _loss;

    public void Run()
    {
        string stable = SnapshotFolder(Recipe.StableSteps);
        bool done = File.Exists(Path.Combine(stable, "model.safetensors"));
        using var model = done ? LlamaModel.Load(stable) : LlamaModel.CreateRandom(Recipe.Architecture, Recipe.Seed);
        _model = model;
        Console.WriteLine($"{model.Config.ParameterCount} parameters");
        if (!done)
            RunPhase("stable", Recipe.Stable, 0, Recipe.StableSteps);
        RunPhase("decay", Recipe.Decay, Recipe.StableSteps, Recipe.DecaySteps);
        model.Save(folder);
        Measure(folder, threads, FinalProbeRows).ToList().ForEach(Console.WriteLine);
    }

    private void RunPhase(string name, TrainingOptions options, int firstStep, int steps)
    {
        _phase = name;
        var rows = Enumerable.Range(firstStep * Recipe.DocumentsPerStep, steps * Recipe.DocumentsPerStep)
            .Select(i => Encoding.Encode(CorpusGenerator.Training(Recipe.Seed, i), _tokenizer)).ToList();
        Console.WriteLine($"{name}: {rows.Count} documents, {rows.Sum(r => (long)r.Tokens.Length)} tokens, "
            + $"{rows.Sum(r => (long)r.Scored.Count(s => s))} of them scored, longest {rows.Max(r => r.Tokens.Length)}");
        SupervisedTrainer.Run(_model!, rows, [], options with
        {
            Threads = threads, CheckpointEverySteps = CheckpointEvery, CheckpointFolder = Path.Combine(folder, "checkpoint-" + name),
        }, this);
    }

    public void Report(TrainingProgress value)
    {
        _tokens += value.Tokens;
        _loss += value.Loss;
        if (value.Step % ReportEvery == 0)
        {
            Console.WriteLine($"step {value.Step}/{value.TotalSteps} loss {_loss / ReportEvery:F3} lr {value.LearningRate:G3} norm {value.GradientNorm:F2} "
                + $"{value.TokensPerSecond:F0} tok/s, {_tokens / 1e6:F2}M tokens, {value.Remaining:hh\\:mm\\:ss} left");
            _loss = 0;
        }

        if (value.Step % CheckpointEvery == 0 && _phase == "stable")
            _model!.Save(SnapshotFolder(value.Step), StorageFormat.F32);
        if (value.Step % ProbeEvery == 0)
        {
            _model!.Save(folder);
            foreach (string line in Measure(folder, threads, ProbeRows))
                Console.WriteLine(line);
        }
    }

    /// <summary>Weights of the stable phase in f32, from any of which a decay can start.</summary>
    private string SnapshotFolder(int step) => Path.Combine(folder, $"stable-{step}");

    /// <summary>Loads the saved model, as a user would, and measures it.</summary>
    public static IEnumerable<string> Measure(string folder, int threads, int rows)
    {
        using var model = LlamaModel.Load(folder);
        var tokenizer = ModelOps.Engine.Tokenization.Tokenizer.Load(folder);
        using var scorer = new Scorer(model, threads: threads);
        var scores = scorer.Score(Enumerable.Range(0, HeldOutDocuments).Select(i => Encoding.Encode(CorpusGenerator.HeldOut(Recipe.Seed, i), tokenizer)).ToList());
        yield return $"held-out loss {-scores.Sum(s => s.LogProbability) / scores.Sum(s => s.TokenCount):F3}";
        foreach (var probe in Probes.Run(model, tokenizer, rows, threads))
            yield return Line(probe);
    }

    public static string Line(ProbeResult p) =>
        $"| {p.Name} | {p.Rows} | {p.Accuracy:P0} | {p.Chance:P0} | {p.Majority:P0} | {(p.ValidJson is { } v ? v.ToString("P0") : "")} |";
}
