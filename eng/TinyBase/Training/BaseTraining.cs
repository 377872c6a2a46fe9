using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;
using TinyBase.Corpus;

namespace TinyBase.Training;

/// <summary>Trains the base model from nothing, with snapshots and probes on the way; an interrupted run continues from its checkpoint.</summary>
internal sealed class BaseTraining(string folder, int threads, int steps) : IProgress<TrainingProgress>
{
    private const int ReportEvery = 10;
    private const int ProbeEvery = 150;
    private const int HeldOutDocuments = 300;
    private const int ProbeRows = 60;

    private readonly ModelOps.Engine.Tokenization.Tokenizer _tokenizer = ModelOps.Engine.Tokenization.Tokenizer.Load(folder);
    private LlamaModel? _model;
    private long _tokens;
    private double _loss;

    public void Run()
    {
        var rows = Enumerable.Range(0, steps * Recipe.DocumentsPerStep)
            .Select(i => Encoding.Encode(CorpusGenerator.Training(Recipe.Seed, i, Recipe.Documents), _tokenizer)).ToList();
        Console.WriteLine($"{rows.Count} documents, {rows.Sum(r => (long)r.Tokens.Length)} tokens, {rows.Sum(r => (long)r.Scored.Count(s => s))} of them scored, "
            + $"longest {rows.Max(r => r.Tokens.Length)}");
        using var model = LlamaModel.CreateRandom(Recipe.Architecture, Recipe.Seed);
        _model = model;
        Console.WriteLine($"{model.Config.ParameterCount} parameters");
        var options = Recipe.Options with { Threads = threads, CheckpointEverySteps = 50, CheckpointFolder = Path.Combine(folder, "checkpoint") };
        SupervisedTrainer.Run(model, rows, [], options, this);
        model.Save(folder);
        Measure(folder, threads, 200).ToList().ForEach(Console.WriteLine);
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

        if (value.Step % ProbeEvery == 0)
        {
            _model!.Save(folder);
            foreach (string line in Measure(folder, threads, ProbeRows))
                Console.WriteLine(line);
        }
    }

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
