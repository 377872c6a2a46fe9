using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Generation;

/// <summary>What a model gives to the scored tokens of a row.</summary>
/// <param name="LogProbability">Sum over the scored tokens, natural logarithm.</param>
public readonly record struct RowScore(double LogProbability, int TokenCount)
{
    /// <summary>Negative log-likelihood per scored token.</summary>
    public double MeanLoss => TokenCount == 0 ? 0 : -LogProbability / TokenCount;
}

/// <summary>What a model gives to one scored token.</summary>
/// <param name="LogProbability">Natural logarithm.</param>
/// <param name="IsLikeliest">No other token is likelier at this place.</param>
public readonly record struct TokenScore(float LogProbability, bool IsLikeliest);

/// <summary>Scores given rows with a model and, where one is given, its adapter. Model and adapter must outlive it.</summary>
public sealed class Scorer : IDisposable
{
    private readonly LlamaModel _model;
    private readonly LoraAdapter? _adapter;
    private readonly ThreadTeam _team;

    /// <param name="threads">0 means all cores; never changes a result.</param>
    public Scorer(LlamaModel model, LoraAdapter? adapter = null, int threads = 0)
    {
        _model = model;
        _adapter = adapter;
        _team = new ThreadTeam(threads > 0 ? threads : Environment.ProcessorCount);
    }

    /// <summary>One score per row, in order; a row without scored tokens has the score (0, 0).</summary>
    public IReadOnlyList<RowScore> Score(IReadOnlyList<TrainingExample> rows, CancellationToken cancellation = default) =>
        [.. ScoreTokens(rows, cancellation).Select(tokens => new RowScore(tokens.Aggregate(0.0, (sum, token) => sum + token.LogProbability), tokens.Count))];

    /// <summary>For each row the score of each of its scored tokens, in their order.</summary>
    public IReadOnlyList<IReadOnlyList<TokenScore>> ScoreTokens(IReadOnlyList<TrainingExample> rows, CancellationToken cancellation = default)
    {
        var scorable = rows.Select((row, index) => (Id: index, Tokens: (ReadOnlyMemory<int>)row.Tokens, Scored: (ReadOnlyMemory<bool>)row.Scored)).ToList();
        TrainingRows.CheckTokens("scored", rows, _model.Config.VocabularySize);
        int longest = scorable.Count == 0 ? 0 : scorable.Max(r => Layers.TokenBatch.InputLength(r.Scored.Span));
        using var micro = new MicroBatch(new LlamaNetwork(_model, _adapter, trained: null), _team, longest, backward: false);
        List<TokenScore>[] scores = [.. rows.Select(_ => new List<TokenScore>())];
        foreach (var batch in MicroBatch.Split(scorable, shares: true))
        {
            cancellation.ThrowIfCancellationRequested();
            var likeliest = new bool[batch.Targets.Length];
            var losses = micro.Losses(batch, likeliest);
            int row = 0;
            for (int s = 0; s < losses.Length; s++)
            {
                while (batch.ScoredAt[s] >= batch.RowStarts[row + 1])
                    row++;
                scores[batch.RowIds[row]].Add(new TokenScore(-losses[s], likeliest[s]));
            }
        }

        return scores;
    }

    public void Dispose() => _team.Dispose();
}
