using System.Diagnostics;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Answering;

/// <summary>Answers and likelihoods by a worker on this machine.</summary>
/// <param name="model">The base model, as past runs remember it.</param>
/// <param name="stage">Whose progress is shown.</param>
internal sealed class LocalWork(WorkerHost worker, string model, string storeRoot, IStageLog log, CancellationToken cancellation, string stage = Names.Evaluate)
{
    public List<AnswerLine> Generate(Subject subject, LocalModel asked, IReadOnlyList<PromptLine> prompts) => InFolder("generate", folder =>
    {
        string input = Path.Combine(folder, "prompts.jsonl"), output = Path.Combine(folder, "answers.jsonl");
        JsonLines.Write(input, prompts);
        var request = new GenerateRequest { Model = asked.Model, Adapter = asked.Adapter, Input = input, Output = output, Decoding = subject.Decoding };
        var clock = Stopwatch.StartNew();
        WorkerProcess.Run(worker, request, $"{stage} {subject.Name}", log, cancellation);
        List<AnswerLine> answers = JsonLines.Read<AnswerLine>(output, "generate");
        Remember("generate", prompts, answers.Sum(a => (long)a.PromptTokens + a.CompletionTokens), clock.Elapsed);
        return answers;
    });

    /// <param name="keep">Takes the score file.</param>
    public List<ScoreLine> Score(Subject subject, LocalModel asked, IReadOnlyList<PromptLine> rows, Action<string> keep) => InFolder("score", folder =>
    {
        string input = Path.Combine(folder, "rows.jsonl"), output = Path.Combine(folder, "scores.jsonl");
        JsonLines.Write(input, rows.DistinctBy(row => row.Id));
        var request = new ScoreRequest { Model = asked.Model, Adapter = asked.Adapter, Input = input, Output = output };
        var clock = Stopwatch.StartNew();
        WorkerProcess.Run(worker, request, $"Score {subject.Name}", log, cancellation);
        List<ScoreLine> lines = JsonLines.Read<ScoreLine>(output, "score");
        Remember("score", rows, lines.Sum(l => (long)l.Tokens), clock.Elapsed);
        keep(output);
        return lines;
    });

    /// <summary>Scores that the store has; null when it has none.</summary>
    public List<ScoreLine>? Restore(ModelStore store, FingerprintFile action) => InFolder("score", folder =>
        store.TryRestore(action.Key, folder) ? JsonLines.Read<ScoreLine>(Path.Combine(folder, "scores.jsonl"), "score") : null);

    private T InFolder<T>(string work, Func<string, T> use)
    {
        string folder = Path.Combine(worker.WorkDirectory, $"{work}-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            return use(folder);
        }
        finally
        {
            FolderSwap.Delete(folder);
        }
    }

    private void Remember(string work, IReadOnlyList<PromptLine> lines, long tokens, TimeSpan time)
        => new RunHistory(storeRoot).Add(new PastRun(work, model, "", lines.Count, AnswerSource.TextOf(lines), tokens, Math.Round(time.TotalSeconds, 3)));
}
