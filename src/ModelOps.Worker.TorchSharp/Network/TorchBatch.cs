using ModelOps.Engine.Layers;

namespace ModelOps.Worker.Torch.Network;

/// <summary>
/// Rows side by side, padded at their ends to the longest: B rows, T tokens, S scored positions. What stands behind a row's end is in its
/// future and never seen, so padding changes nothing.
/// </summary>
internal sealed class TorchBatch
{
    private TorchBatch(List<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> rows)
    {
        int[] lengths = [.. rows.Select(r => TokenBatch.InputLength(r.Scored.Span))];
        Length = lengths.Max();
        Tokens = new long[rows.Count * Length];
        RowIds = [.. rows.Select(r => r.Id)];
        RowTokens = lengths.Sum();
        var (at, targets, row) = (new List<long>(), new List<long>(), new List<int>());
        for (int r = 0; r < rows.Count; r++)
        {
            ReadOnlySpan<int> tokens = rows[r].Tokens.Span;
            ReadOnlySpan<bool> scored = rows[r].Scored.Span;
            for (int t = 0; t < lengths[r]; t++)
            {
                Tokens[r * Length + t] = tokens[t];
                if (!scored[t + 1])
                    continue;
                at.Add(r * Length + t);
                targets.Add(tokens[t + 1]);
                row.Add(r);
            }
        }

        (ScoredAt, Targets, RowOf) = ([.. at], [.. targets], [.. row]);
    }

    /// <summary>T.</summary>
    public int Length { get; }

    /// <summary>[B·T] ids; 0 behind the end of a row.</summary>
    public long[] Tokens { get; }

    /// <summary>[B] what the caller calls the row.</summary>
    public int[] RowIds { get; }

    /// <summary>Tokens without padding.</summary>
    public int RowTokens { get; }

    /// <summary>[S] index into <see cref="Tokens"/> of the token after which a scored token comes.</summary>
    public long[] ScoredAt { get; }

    /// <summary>[S] the scored token.</summary>
    public long[] Targets { get; }

    /// <summary>[S] row of the scored token, in the batch.</summary>
    public int[] RowOf { get; }

    /// <summary>Splits rows, in their order, into batches of at most so many tokens, padding included, unless one example alone has more.</summary>
    /// <param name="together">As many rows after another always share a batch.</param>
    public static IEnumerable<TorchBatch> Split(IEnumerable<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> rows, int budget, int together = 1)
    {
        var pending = new List<(int, ReadOnlyMemory<int>, ReadOnlyMemory<bool>)>();
        int longest = 0;
        foreach (var group in rows.Chunk(together))
        {
            int length = group.Max(row => TokenBatch.InputLength(row.Scored.Span));
            if (length == 0)
                continue;
            if (pending.Count > 0 && (pending.Count + together) * Math.Max(longest, length) > budget)
            {
                yield return new TorchBatch(pending);
                pending.Clear();
                longest = 0;
            }

            pending.AddRange(group);
            longest = Math.Max(longest, length);
        }

        if (pending.Count > 0)
            yield return new TorchBatch(pending);
    }
}
