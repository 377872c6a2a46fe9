using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;
using TinyBase.Corpus;

namespace TinyBase.Training;

/// <summary>Trains the base model from nothing, with snapshots and probes on the way; an interrupted run continues from its checkpoint.</summary>
internal sealed class BaseTraining(string folder, int threads) : IProgress<TrainingProgress>
{
    private const int ReportEvery = 20;
    private const int ProbeEvery = 100;
    private const int CheckpointEvery = 50;
    private const int FinalProbeRows = 300;
    private const int HeldOutDocuments = 150;
    private const int ProbeRows = 30;

    private readonly ModelOps.Engine.Tokenization.Tokenizer _tokenizer = ModelOps.Engine.Tokenization.Tokenizer.Load(folder);
    private LlamaModel? _model;
    private int _phase;
    private long _tokens;
    private double _loss;

    /// <summary>Runs the phases that have no final snapshot yet, each from where the one before ended.</summary>
    public void Run()
    {
        int done = Recipe.Phases.Count;
        while (done > 0 && !File.Exists(Path.Combine(Snapshot(done - 1, Recipe.Phases[done - 1].Steps), "model.safetensors")))
            done--;
        _model = done > 0
            ? LlamaModel.Load(Snapshot(done - 1, Recipe.Phases[done - 1].Steps))
            : LlamaModel.CreateRandom(Recipe.FirstArchitecture, Recipe.Seed);
        for (_phase = done; _phase < Recipe.Phases.Count; _phase++)
        {
            if (_phase == Recipe.GrowsBeforePhase)
                _model = GrownModel.Create(_model, Recipe.Architecture, Recipe.Seed, Path.Combine(folder, "larger"));
            Console.WriteLine($"{_model.Config.ParameterCount} parameters, {_phase} of {Recipe.Phases.Count} phases done");
            RunPhase(Recipe.Phases[_phase], Recipe.Phases.Take(_phase).Sum(p => p.Steps));
        }

        _model.Save(folder);
        _model.Dispose();
        Measure(folder, threads, FinalProbeRows).ToList().ForEach(Console.WriteLine);
    }

    private void RunPhase(Phase phase, int firstStep)
    {
        var rows = Enumerable.Range(firstStep * Recipe.DocumentsPerStep, phase.Steps * Recipe.DocumentsPerStep)
            .Select(i => Encoding.Encode(CorpusGenerator.Training(Recipe.Seed, i), _tokenizer)).ToList();
        Console.WriteLine($"{phase.Name}: {rows.Count} documents, {rows.Sum(r => (long)r.Tokens.Length)} tokens, "
            + $"{rows.Sum(r => (long)r.Scored.Count(s => s))} of them scored, longest {rows.Max(r => r.Tokens.Length)}");
        SupervisedTrainer.Run(_model!, rows, [], phase.Options with
        {
            Threads = threads, CheckpointEverySteps = CheckpointEvery, CheckpointFolder = Path.Combine(folder, "checkpoint-" + phase.Name),
        }, this);
        _model!.Save(Snapshot(_phase, phase.Steps), StorageFormat.F32);
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

        if (value.Step % CheckpointEvery == 0)
            _model!.Save(Snapshot(_phase, value.Step), StorageFormat.F32);
        if (value.Step % ProbeEvery == 0)
        {
            _model!.Save(folder);
            foreach (string line in Measure(folder, threads, ProbeRows))
                Console.WriteLine(line);
        }
    }

    /// <summary>Weights in f32; the next phase can start from any of them, by making it the last step of its phase in the recipe.</summary>
    private string Snapshot(int phase, int step) => Path.Combine(folder, $"{Recipe.Phases[phase].Name}-{step}");

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

    /// <summary>Held-out conversations with the model's own last answer, to look at.</summary>
    public static IEnumerable<string> Answers(string folder, int threads, int rows)
    {
        using var model = LlamaModel.Load(folder);
        var tokenizer = ModelOps.Engine.Tokenization.Tokenizer.Load(folder);
        using var generator = new Generator(model, threads: threads);
        foreach (var document in Enumerable.Range(0, rows).Select(i => CorpusGenerator.HeldOut(Recipe.Seed, i)).Where(d => d.Text is null))
        {
            string prompt = ChatText.Prompt(document);
            yield return $"##### {document.Task}\n{prompt}\nexpected {document.Turns[^1].Content}\nanswered {Probes.Answer(generator, tokenizer, [prompt])[0]}";
        }
    }

    public static string Line(ProbeResult p) =>
        $"| {p.Name} | {p.Rows} | {p.Accuracy:P0} | {p.Chance:P0} | {p.Majority:P0} | {(p.ValidJson is { } v ? v.ToString("P0") : "")} |";
}
