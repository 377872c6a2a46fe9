using System.Diagnostics;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Answering;

/// <summary>Answers and scores of subjects: from the store where it has them, from the worker where not. What the worker says is kept.</summary>
/// <param name="model">The base model, as past runs remember it.</param>
/// <param name="stage">Whose progress is shown.</param>
internal sealed class AnswerSource(ModelStore store, WorkerHost worker, string model, IStageLog log, CancellationToken cancellation, string stage = Names.Evaluate)
{
    /// <summary>One answer per row, with the row's id.</summary>
    public IReadOnlyList<AnswerLine> Answers(Subject subject, IReadOnlyList<EvaluationItem> items) => Ask(subject, [.. items.Select(item => item.Id)]);

    /// <summary>One answer per prompt, with the prompt's identity.</summary>
    public IReadOnlyList<AnswerLine> Ask(Subject subject) => Ask(subject, subject.PromptIds);

    private AnswerLine[] Ask(Subject subject, IReadOnlyList<string> ids)
    {
        IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> kept = store.Answers.Get(subject.AnswersKey);
        PromptLine[] open = [.. subject.PromptIds.Zip(subject.Prompts, (id, messages) => new PromptLine(id, messages))
            .Where(prompt => !kept.ContainsKey((prompt.Id, 0))).DistinctBy(prompt => prompt.Id)];
        if (open.Length > 0)
        {
            List<AnswerLine> generated = Generate(subject, open);
            store.Answers.PutAsync(subject.AnswersKey, generated, cancellation).GetAwaiter().GetResult();
            kept = Joined(store.Answers.Get(subject.AnswersKey), generated);
        }

        log.Message($"  {subject.Name}: {open.Length} of {ids.Count} answers are new");
        return [.. ids.Select((id, row) => kept.TryGetValue((subject.PromptIds[row], 0), out AnswerLine? answer)
            ? answer with { Id = id }
            : throw EvaluationErrors.MissingAnswer(subject.Name, row, id, null))];
    }

    /// <summary>How likely the subject finds each row's reference.</summary>
    public IReadOnlyList<ScoreLine> Scores(Subject subject, IReadOnlyList<EvaluationItem> items)
    {
        (PromptLine[] rows, FingerprintFile action) = ScoreAction(subject, items);
        string folder = Path.Combine(worker.WorkDirectory, $"score-{Guid.NewGuid():N}");
        try
        {
            List<ScoreLine> lines = store.TryRestore(action.Key, folder) ? JsonLines.Read<ScoreLine>(ScoreFile(folder), "score") : Score(subject, rows, action, folder);
            Dictionary<string, ScoreLine> byId = lines.DistinctBy(line => line.Id).ToDictionary(line => line.Id, StringComparer.Ordinal);
            return [.. items.Select((item, row) => byId.TryGetValue(rows[row].Id, out ScoreLine? line)
                ? line with { Id = item.Id }
                : throw EvaluationErrors.MissingScore(subject.Name, item.Id))];
        }
        finally
        {
            FolderSwap.Delete(folder);
        }
    }

    /// <summary>The conversations whose answers are scored, and the key of their scores.</summary>
    public static (PromptLine[] Rows, FingerprintFile Action) ScoreAction(Subject subject, IReadOnlyList<EvaluationItem> items)
    {
        PromptLine[] rows = [.. items.Select((item, row) => WithReference(subject.Prompts[row], item.Reference))];
        return (rows, FingerprintFile.Of("score", new KeyFields()
            .Add("model", subject.Identity)
            .Add("numerics", EngineIdentity.NumericsVersion)
            .Add("tells", "likeliest")
            .Add("rows", rows.Select(row => row.Id))));
    }

    /// <summary>Size of the text that goes through the model.</summary>
    public static long TextOf(IEnumerable<PromptLine> lines) => lines.Sum(l => l.Messages.Sum(m => (long)m.Content.Length));

    private void Remember(string work, IReadOnlyList<PromptLine> lines, long tokens, TimeSpan time)
        => new RunHistory(store.Root).Add(new PastRun(work, model, "", lines.Count, TextOf(lines), tokens, Math.Round(time.TotalSeconds, 3)));

    // What the store kept counts, should another build have been faster; if somebody deleted the store meanwhile, there is still what was generated.
    private static Dictionary<(string Id, int Repeat), AnswerLine> Joined(IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> kept, List<AnswerLine> generated)
    {
        var all = new Dictionary<(string Id, int Repeat), AnswerLine>(kept);
        foreach (AnswerLine answer in generated)
        {
            all.TryAdd((answer.Id, answer.Repeat), answer);
        }

        return all;
    }

    private List<AnswerLine> Generate(Subject subject, PromptLine[] prompts)
    {
        string folder = Path.Combine(worker.WorkDirectory, $"generate-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            string input = Path.Combine(folder, "prompts.jsonl"), output = Path.Combine(folder, "answers.jsonl");
            JsonLines.Write(input, prompts);
            var request = new GenerateRequest { Model = subject.Model, Adapter = subject.Adapter, Input = input, Output = output, Decoding = subject.Decoding };
            var clock = Stopwatch.StartNew();
            WorkerProcess.Run(worker, request, $"{stage} {subject.Name}", log, cancellation);
            List<AnswerLine> answers = JsonLines.Read<AnswerLine>(output, "generate");
            Remember("generate", prompts, answers.Sum(a => (long)a.PromptTokens + a.CompletionTokens), clock.Elapsed);
            return answers;
        }
        finally
        {
            FolderSwap.Delete(folder);
        }
    }

    private List<ScoreLine> Score(Subject subject, PromptLine[] rows, FingerprintFile action, string folder)
    {
        Directory.CreateDirectory(folder);
        string input = Path.Combine(folder, "rows.jsonl"), output = ScoreFile(folder);
        JsonLines.Write(input, rows.DistinctBy(row => row.Id));
        var request = new ScoreRequest { Model = subject.Model, Adapter = subject.Adapter, Input = input, Output = output };
        var clock = Stopwatch.StartNew();
        WorkerProcess.Run(worker, request, $"Score {subject.Name}", log, cancellation);
        List<ScoreLine> lines = JsonLines.Read<ScoreLine>(output, "score");
        Remember("score", rows, lines.Sum(l => (long)l.Tokens), clock.Elapsed);
        store.Put(action, output, cancellation);
        return lines;
    }

    private static string ScoreFile(string folder) => Path.Combine(folder, "scores.jsonl");

    private static PromptLine WithReference(IReadOnlyList<PromptMessage> prompt, string reference)
    {
        PromptMessage[] messages = [.. prompt, new PromptMessage("assistant", reference)];
        return new PromptLine(Subject.IdOf(messages), messages);
    }
}
