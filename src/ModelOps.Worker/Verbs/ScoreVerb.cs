using System.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Training;

namespace ModelOps.Worker.Verbs;

/// <summary>The negative log-likelihood that a model gives to the assistant's tokens of each row.</summary>
internal static class ScoreVerb
{
    private const int RowsAtOnce = 128;

    public static ResultEvent Run(ScoreRequest request, IComputation computation, EventWriter events, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var lines = LineFile.Read<PromptLine>(request.Input);
        using var model = ChatModel.Open(request.Model, request.Adapter, TrainSettings.Quantization("quantization", request.Quantization, computation));
        var examples = Conversations.Examples(lines, model.Conversations, request.Threads, cancellation);
        var scores = new List<ScoreLine>(lines.Count);
        for (int start = 0; start < examples.Count; start += RowsAtOnce)
        {
            var batch = lines.GetRange(start, Math.Min(RowsAtOnce, examples.Count - start));
            var rows = examples.GetRange(start, batch.Count);
            var tokens = Conversations.AtLine(() => computation.Score(model.Model, model.Adapter, request.Threads, rows, cancellation), batch);
            scores.AddRange(batch.Select((line, i) => Line(line.Value.Id, rows[i], tokens[i], request.PerToken)));
            events.Write(new ProgressEvent { Step = scores.Count, Steps = lines.Count, RowsPerSecond = scores.Count / clock.Elapsed.TotalSeconds });
        }

        LineFile.Write(request.Output, scores);
        return new ResultEvent
        {
            Rows = lines.Count,
            Tokens = scores.Sum(s => (long)s.Tokens),
            Seconds = clock.Elapsed.TotalSeconds,
            Architecture = model.Model.Config.ModelType,
        };
    }

    private static ScoreLine Line(string id, TrainingExample row, IReadOnlyList<TokenScore> tokens, bool perToken)
    {
        var line = new ScoreLine(id, tokens.Count, -tokens.Aggregate(0.0, (sum, token) => sum + token.LogProbability)) { Likeliest = tokens.Count(token => token.IsLikeliest) };
        // The first token of a row follows nothing and has no score.
        return perToken
            ? line with { Ids = [.. row.Tokens.Where((_, i) => i > 0 && row.Scored[i])], LogProbabilities = [.. tokens.Select(token => token.LogProbability)] }
            : line;
    }
}
