using ModelOps.Engine.Generation;
using ModelOps.Engine.Training;
using ModelOps.Worker.Torch.Network;

namespace ModelOps.Worker.Torch;

/// <summary>Scores of given rows.</summary>
internal static class TorchScorer
{
    /// <inheritdoc cref="Scorer.ScoreTokens"/>
    public static IReadOnlyList<IReadOnlyList<TokenScore>> Score(TorchNetwork network, IReadOnlyList<TrainingExample> rows, CancellationToken cancellation)
    {
        TrainingRows.CheckTokens("scored", rows, network.Config.VocabularySize);
        List<TokenScore>[] scores = [.. rows.Select(_ => new List<TokenScore>())];
        var scorable = rows.Select((row, index) => (Id: index, Tokens: (ReadOnlyMemory<int>)row.Tokens, Scored: (ReadOnlyMemory<bool>)row.Scored));
        foreach (var batch in TorchBatch.Split(scorable, TorchPasses.TokensAtOnce(network.Device)))
        {
            cancellation.ThrowIfCancellationRequested();
            var likeliest = new bool[batch.Targets.Length];
            float[] losses = TorchPasses.Losses(network, batch, likeliest);
            for (int s = 0; s < losses.Length; s++)
                scores[batch.RowIds[batch.RowOf[s]]].Add(new TokenScore(-losses[s], likeliest[s]));
        }

        return scores;
    }
}
