using System.Diagnostics;
using System.Globalization;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Protocol;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;

namespace ModelOps.Benchmarks.Groups;

/// <summary>What the engine's process does for the measures of evaluating.</summary>
internal static class EvaluateVerb
{
    private const int NewTokens = 64, Shots = 3;

    /// <summary><c>evaluate SAMPLE-REPO ROWS EVERY batched|single THREADS</c>: answers of every n-th row under each baseline, the model loaded before the clock starts.</summary>
    public static Dictionary<string, double> Run(string[] arguments)
    {
        int Number(int index) => int.Parse(arguments[index], CultureInfo.InvariantCulture);
        string adapter = Path.Combine(arguments[0], "adapters", "TicketTriage");
        using ChatModel model = ChatModel.Open(Path.Combine(arguments[0], "models", "tiny-base"));
        using var generator = new Generator(model.Model, threads: Number(4));
        GenerationOptions options = model.Complete(new GenerationOptions { MaxNewTokens = NewTokens });
        List<GenerationPrompt>[] baselines = [.. Prompts(adapter, Number(1)).Select(rows => Encode(model, rows.Where((_, i) => i % Number(2) == 0)))];
        generator.Generate(baselines[0][..1], options);
        long began = Stopwatch.GetTimestamp();
        foreach (List<GenerationPrompt> prompts in baselines)
        {
            if (arguments[3] == "batched")
            {
                generator.Generate(prompts, options);
            }
            else
            {
                prompts.ForEach(prompt => generator.Generate([prompt], options));
            }
        }

        return new() { ["answersPerSecond"] = baselines.Sum(b => b.Count) / Stopwatch.GetElapsedTime(began).TotalSeconds };
    }

    /// <summary>The questions of each baseline.</summary>
    private static IEnumerable<IReadOnlyList<IReadOnlyList<PromptMessage>>> Prompts(string adapter, int count)
    {
        IReadOnlyList<EvaluationItem> training = Read(adapter, "train", DatasetKind.Training), asked = [.. Read(adapter, "eval", DatasetKind.Evaluation), .. training];
        PromptyFile zero = PromptyFile.Load(Path.Combine(adapter, "prompts", "zero-shot.prompty")), few = PromptyFile.Load(Path.Combine(adapter, "prompts", "few-shot.prompty"));
        PreparedPrompt[] baselines = [new(zero, "zero-shot"), new(few, "few-shot"), new(zero, "nearest") { Examples = ExamplePool.NearestOf(training, Shots, fromTraining: true) }];
        return baselines.Select(prompt => (IReadOnlyList<IReadOnlyList<PromptMessage>>)[.. asked.Take(count).Select(prompt.Render)]);
    }

    private static IReadOnlyList<EvaluationItem> Read(string adapter, string set, DatasetKind kind)
        => EvaluationItem.FromRows(DatasetReader.Read(Directory.GetFiles(Path.Combine(adapter, "data", set), "*.jsonl"), kind, new Silence(), CancellationToken.None)!.Rows);

    private static List<GenerationPrompt> Encode(ChatModel model, IEnumerable<IReadOnlyList<PromptMessage>> rows)
        => [.. rows.Select(row => new GenerationPrompt(model.EncodePrompt(ChatConversation.FromMessages(row.Select(m => (m.Role, m.Content))))))];

    private sealed class Silence : IStageLog
    {
        public void Report(Diagnostic diagnostic)
        {
        }

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
