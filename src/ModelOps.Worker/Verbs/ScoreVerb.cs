using System.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Generation;

namespace ModelOps.Worker.Verbs;

/// <summary>How likely the model finds each row's answers.</summary>
internal static class ScoreVerb
{
    public static ResultEvent Run(ScoreRequest request, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        using ChatModel model = ChatModel.Open(request.Model, request.Adapter);
        Conversations rows = Conversations.Read(request.Input);
        using var scorer = new Scorer(model.Model, model.Adapter, request.Threads);
        IReadOnlyList<RowScore> scores = scorer.Score(rows.Examples(model), cancellation);
        LineFile.Write(request.Output, scores.Select((score, i) => new ScoreLine(rows.Lines[i].Id, score.TokenCount, -score.LogProbability)));
        return new ResultEvent { Rows = scores.Count, Tokens = scores.Sum(score => (long)score.TokenCount), Seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3) };
    }
}
