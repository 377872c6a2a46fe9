namespace ModelOps.Engine.Layers;

/// <summary>Tokens of each row of a batch, row by row: n tokens of R rows.</summary>
/// <param name="RowStarts">[R + 1] first chosen token of each row, and n. Those before the first row belong to the shared prefix.</param>
/// <param name="Positions">[n] ascending positions inside the row.</param>
internal readonly record struct TokenSelection(int[] RowStarts, int[] Positions);

/// <summary>
/// Rows laid end to end, without padding: N tokens, R rows, S scored positions. Tokens with which all rows begin may be there once, before the
/// first row: behind the same tokens everything is the same, and what comes back from the rows is summed.
/// </summary>
internal sealed class TokenBatch
{
    private TokenBatch(int[] tokens, int[] positions, int[] rowStarts, int[] rowIds, int[] scoredAt, int[] targets)
    {
        Tokens = tokens;
        Positions = positions;
        RowStarts = rowStarts;
        RowIds = rowIds;
        ScoredAt = scoredAt;
        Targets = targets;
        Scored = new([.. rowStarts.Select(start => CountBelow(scoredAt, start))], [.. scoredAt.Select(at => positions[at])]);
    }

    internal int Count => Tokens.Length;

    internal int RowCount => RowIds.Length;

    /// <summary>Tokens that all rows share, at the batch's start (P).</summary>
    internal int PrefixLength => RowStarts[0];

    /// <summary>Tokens of all rows, each with its own prefix.</summary>
    internal int RowTokens => Count + (RowCount - 1) * PrefixLength;

    /// <summary>[N]</summary>
    internal int[] Tokens { get; }

    /// <summary>[N] position inside the row, from 0.</summary>
    internal int[] Positions { get; }

    /// <summary>[R + 1] first token of each row behind the shared ones, and N.</summary>
    internal int[] RowStarts { get; }

    /// <summary>[R] what the caller calls the row; keys its dropout.</summary>
    internal int[] RowIds { get; }

    /// <summary>[S] ascending index of the token after which a scored token comes.</summary>
    internal int[] ScoredAt { get; }

    /// <summary>[S] the scored token.</summary>
    internal int[] Targets { get; }

    /// <summary>Every token.</summary>
    internal TokenSelection All => new(RowStarts, Positions);

    /// <summary>The scored positions.</summary>
    internal TokenSelection Scored { get; }

    /// <summary>Moves the rows of x [N, width] at scored positions to <paramref name="target"/> [S, width], which may be x.</summary>
    internal unsafe void Gather(float* x, float* target, int width)
    {
        for (int s = 0; s < ScoredAt.Length; s++)
            CopyRow(x + (nint)ScoredAt[s] * width, target + (nint)s * width, width);
    }

    /// <summary>The way back, in place: x [S, width] becomes [N, width] with zeros at the other positions.</summary>
    internal unsafe void Scatter(float* x, int width)
    {
        for (int t = Count - 1, s = ScoredAt.Length - 1; t >= 0; t--)
        {
            if (s >= 0 && ScoredAt[s] == t)
                CopyRow(x + (nint)s-- * width, x + (nint)t * width, width);
            else
                new Span<float>(x + (nint)t * width, width).Clear();
        }
    }

    private static unsafe void CopyRow(float* source, float* target, int width)
    {
        if (source != target)
            Buffer.MemoryCopy(source, target, width * sizeof(float), width * sizeof(float));
    }

    private static int CountBelow(int[] ascending, int limit)
    {
        int at = Array.BinarySearch(ascending, limit);
        return at < 0 ? ~at : at;
    }

    /// <summary>Sums of what each scored position has, row by row.</summary>
    internal void SumRows(ReadOnlySpan<float> values, Span<double> sums)
    {
        sums[..RowCount].Clear();
        int row = 0;
        for (int s = 0; s < values.Length; s++)
        {
            while (ScoredAt[s] >= RowStarts[row + 1])
                row++;
            sums[row] += values[s];
        }
    }

    /// <summary>Gives each scored position what its row has.</summary>
    internal void SpreadRows(ReadOnlySpan<float> values, Span<float> positions)
    {
        int row = 0;
        for (int s = 0; s < ScoredAt.Length; s++)
        {
            while (ScoredAt[s] >= RowStarts[row + 1])
                row++;
            positions[s] = values[row];
        }
    }

    /// <summary>Tokens of a row behind the shared ones.</summary>
    internal int RowLength(int row) => RowStarts[row + 1] - RowStarts[row];

    /// <summary>Inputs that a row needs: nothing after the last scored token can change its loss, nor can that token itself.</summary>
    internal static int InputLength(ReadOnlySpan<bool> scored) => Math.Max(0, scored.LastIndexOf(true));

    /// <summary>Packs rows; a row's tokens after its last scored one are left out.</summary>
    /// <param name="shares">What all rows begin with, before the first scored position, is packed once.</param>
    internal static TokenBatch Pack(IReadOnlyList<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> rows, bool shares = false)
    {
        int prefix = shares && rows.Count > 1 ? SharedLength(rows) : 0;
        var rowStarts = new int[rows.Count + 1];
        rowStarts[0] = prefix;
        for (int r = 0; r < rows.Count; r++)
            rowStarts[r + 1] = rowStarts[r] + InputLength(rows[r].Scored.Span) - prefix;
        var tokens = new int[rowStarts[^1]];
        var positions = new int[tokens.Length];
        var scoredAt = new List<int>();
        var targets = new List<int>();
        for (int i = 0; i < prefix; i++)
            (tokens[i], positions[i]) = (rows[0].Tokens.Span[i], i);
        for (int r = 0; r < rows.Count; r++)
        {
            var row = rows[r].Tokens.Span;
            var scored = rows[r].Scored.Span;
            int start = rowStarts[r] - prefix, length = rowStarts[r + 1] - start;
            for (int i = prefix; i < length; i++)
            {
                tokens[start + i] = row[i];
                positions[start + i] = i;
                if (!scored[i + 1])
                    continue;
                scoredAt.Add(start + i);
                targets.Add(row[i + 1]);
            }
        }

        return new TokenBatch(tokens, positions, rowStarts, [.. rows.Select(r => r.Id)], [.. scoredAt], [.. targets]);
    }

    // A position after which a scored token comes stays with its row.
    private static int SharedLength(IReadOnlyList<(int Id, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<bool> Scored)> rows)
    {
        var first = rows[0].Tokens.Span;
        int shared = first.Length;
        foreach (var (_, tokens, scored) in rows)
            shared = Math.Min(Math.Min(shared, first.CommonPrefixLength(tokens.Span)), Math.Max(0, scored.Span.IsEmpty ? 0 : scored.Span[1..].IndexOf(true)));
        return shared;
    }
}
