using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Answering;

/// <summary>Answers and scores of subjects: those that were given before, and of who answers now the rest. What is said is kept.</summary>
internal sealed class AnswerSource(AnswerMemory memory, LocalWork here, RemoteWork elsewhere, IStageLog log, CancellationToken cancellation)
{
    /// <summary>For models that run here alone.</summary>
    public static AnswerSource Local(ModelStore store, LocalWork here, IStageLog log, CancellationToken cancellation)
        => new(new AnswerMemory(store, store, null), here, new RemoteWork("", new ServedModels(store.Root, log, cancellation), log, cancellation), log, cancellation);

    /// <summary>One answer per row and repeat, with the row's id.</summary>
    public IReadOnlyList<AnswerLine> Answers(Subject subject, IReadOnlyList<EvaluationItem> items) => Ask(subject, [.. items.Select(item => item.Id)]);

    /// <summary>One answer per prompt and repeat, with the prompt's identity.</summary>
    public IReadOnlyList<AnswerLine> Ask(Subject subject) => Ask(subject, subject.PromptIds);

    private AnswerLine[] Ask(Subject subject, IReadOnlyList<string> ids)
    {
        IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> known = memory.Known(subject);
        (PromptLine Prompt, int Repeat)[] open = [.. subject.Open((id, repeat) => known.ContainsKey((id, repeat)))];
        if (open.Length > 0)
        {
            known = Generate(subject, [.. open.Select(o => o.Prompt).DistinctBy(p => p.Id)]);
        }

        int repeats = subject.Decoding.Repeats;
        log.Message($"  {subject.Name}: {open.Length} of {ids.Count * repeats} answers are new");
        AnswerLine[] answers = [.. from row in Enumerable.Range(0, ids.Count) from repeat in Enumerable.Range(0, repeats) select Of(row, repeat)];
        memory.Used.Add(subject.AnswersKey, answers);
        return [.. answers.Select((answer, i) => answer with { Id = ids[i / repeats] })];

        AnswerLine Of(int row, int repeat) => known.TryGetValue((subject.PromptIds[row], repeat), out AnswerLine? answer) ? answer
            : throw EvaluationErrors.MissingAnswer(subject.Name, row, ids[row], null);
    }

    /// <summary>How likely the subject finds each row's reference.</summary>
    public IReadOnlyList<ScoreLine> Scores(Subject subject, IReadOnlyList<EvaluationItem> items)
    {
        (PromptLine[] rows, FingerprintFile action) = ScoreAction(subject, items);
        ModelStore store = memory.StoreOf(subject);
        List<ScoreLine> lines = memory.RecordedScores(action.Key) ?? here.Restore(store, action)
            ?? here.Score(subject, (LocalModel)subject.Respondent, rows, file => store.Put(action, file, cancellation));
        memory.Used.Add(action.Key, lines);
        Dictionary<string, ScoreLine> byId = lines.DistinctBy(line => line.Id).ToDictionary(line => line.Id, StringComparer.Ordinal);
        return [.. items.Select((item, row) => byId.TryGetValue(rows[row].Id, out ScoreLine? line)
            ? line with { Id = item.Id }
            : throw EvaluationErrors.MissingScore(subject.Name, item.Id))];
    }

    /// <summary>The conversations whose answers are scored, and the key of their scores.</summary>
    public static (PromptLine[] Rows, FingerprintFile Action) ScoreAction(Subject subject, IReadOnlyList<EvaluationItem> items)
    {
        PromptLine[] rows = [.. items.Select((item, row) => WithReference(subject.Prompts[row], item.Reference))];
        return (rows, FingerprintFile.Of("score", new KeyFields()
            .Add("model", subject.Respondent.Identity)
            .Add("numerics", EngineIdentity.NumericsVersion)
            .Add("tells", "likeliest")
            .Add("rows", rows.Select(row => row.Id))));
    }

    /// <summary>Size of the text that goes through the model.</summary>
    public static long TextOf(IEnumerable<PromptLine> lines) => lines.Sum(l => l.Messages.Sum(m => (long)m.Content.Length));

    private IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> Generate(Subject subject, IReadOnlyList<PromptLine> prompts)
    {
        if (subject.Respondent is not LocalModel model)
        {
            elsewhere.Ask(subject, memory.StoreOf(subject));
            return memory.Known(subject);
        }

        List<AnswerLine> generated = here.Generate(subject, model, prompts);
        memory.StoreOf(subject).Answers.PutAsync(subject.AnswersKey, generated, cancellation).GetAwaiter().GetResult();

        // What was known counts, should another build have been faster; if somebody deleted the store meanwhile, there is still what was generated.
        var all = new Dictionary<(string Id, int Repeat), AnswerLine>(memory.Known(subject));
        generated.ForEach(answer => all.TryAdd((answer.Id, answer.Repeat), answer));
        return all;
    }

    private static PromptLine WithReference(IReadOnlyList<PromptMessage> prompt, string reference)
    {
        PromptMessage[] messages = [.. prompt, new PromptMessage("assistant", reference)];
        return new PromptLine(Subject.IdOf(messages), messages);
    }
}
