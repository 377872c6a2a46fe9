using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Layers;

/// <summary>
/// Causal grouped-query attention over packed rows, one part per (row, key head). N tokens, n of them queries, T tokens of a row, H heads,
/// G key heads, D head size. Scores are kept for a block of queries at a time and computed again on the way back.
/// </summary>
internal sealed unsafe class Attention : IDisposable
{
    private const int QueryBlock = 32;
    private readonly HeadShape _shape;
    private readonly ThreadTeam _team;
    private readonly ScratchPool _scratch = new();

    internal Attention(HeadShape shape, ThreadTeam team)
    {
        _shape = shape;
        _team = team;
    }

    public void Dispose() => _scratch.Dispose();

    /// <param name="queries">Whose output is wanted.</param>
    /// <param name="q">[n, H·D], rotated.</param>
    /// <param name="k">[N, G·D], rotated.</param>
    /// <param name="v">[N, G·D]</param>
    /// <param name="o">[n, H·D]</param>
    internal void Forward(TokenBatch batch, TokenSelection queries, float* q, float* k, float* v, float* o)
    {
        int heads = _shape.KeyValueHeads;
        _team.For(Rows(batch, queries) * heads, part =>
        {
            var row = RowAt(batch, queries, part / heads);
            nint first = (nint)row.FirstQuery * _shape.QuerySize, head = part % heads * _shape.Size;
            ForwardHead(row, queries.Positions.AsSpan(row.FirstQuery, row.Queries), part % heads, q + first, k + head, v + head, o + first);
        });
    }

    private void ForwardHead(KeyRange row, ReadOnlySpan<int> positions, int kvHead, float* q, float* k, float* v, float* o)
    {
        int size = _shape.Size, length = row.Prefix + row.Length, ld = Padded(length);
        var scratch = _scratch.Rent((3L * size + QueryBlock) * ld);
        float* keys = scratch.Pointer, p = keys + (nint)size * ld, joined = p + (nint)QueryBlock * ld; // [D, ld], [block, ld], two [T, D]
        k = Join(row, k, joined, out int ldk);
        v = Join(row, v, joined + (nint)size * ld, out _);
        Transpose(k, ldk, length, size, keys, ld);
        for (int h = kvHead * _shape.Group; h < (kvHead + 1) * _shape.Group; h++)
        {
            for (int first = 0; first < positions.Length; first += QueryBlock)
            {
                int rows = Math.Min(QueryBlock, positions.Length - first), end = positions[first + rows - 1] + 1;
                nint at = (nint)first * _shape.QuerySize + h * size;
                Probabilities(q + at, keys, p, ld, positions.Slice(first, rows));
                TileProduct.Multiply(p, ld, 1, v, ldk, o + at, _shape.QuerySize, rows, size, end, false);
            }
        }

        _scratch.Return(scratch);
    }

    /// <param name="dOutput">[n, H·D]</param>
    /// <param name="dq">[n, H·D]; overwritten, as are <paramref name="dk"/> and <paramref name="dv"/> [N, G·D].</param>
    internal void Backward(
        TokenBatch batch, TokenSelection queries, float* q, float* k, float* v, float* dOutput, float* dq, float* dk, float* dv)
    {
        int heads = _shape.KeyValueHeads, width = _shape.KeyValueSize, prefix = batch.PrefixLength;
        var shared = _scratch.Rent(2L * batch.RowCount * prefix * width); // [R, P, G·D] of dK, then of dV
        float* sharedK = shared.Pointer, sharedV = sharedK + (nint)batch.RowCount * prefix * width;
        _team.For(Rows(batch, queries) * heads, part =>
        {
            int index = part / heads;
            var row = RowAt(batch, queries, index);
            nint first = (nint)row.FirstQuery * _shape.QuerySize, head = part % heads * _shape.Size, own = (nint)index * prefix * width + head;
            BackwardHead(row, queries.Positions.AsSpan(row.FirstQuery, row.Queries), part % heads, q + first, k + head, v + head, dOutput + first,
                dq + first, dk + head, dv + head, sharedK + own, sharedV + own);
        });
        AddShared(batch, queries, sharedK, dk);
        AddShared(batch, queries, sharedV, dv);
        _scratch.Return(shared);
    }

    /// <summary>To the gradient of the shared tokens [P, G·D], which has what comes from their own queries, adds what comes from each row.</summary>
    private void AddShared(TokenBatch batch, TokenSelection queries, float* shared, float* d)
    {
        int width = _shape.KeyValueSize;
        long all = (long)batch.PrefixLength * width;
        RowParts.ForElements(_team, all, (start, count) =>
        {
            if (queries.RowStarts[0] == 0)
                new Span<float>(d + start, (int)count).Clear();
            for (int r = 0; r < batch.RowCount; r++)
                Kernels.Add(d + start, shared + r * all + start, count);
        });
    }

    private void BackwardHead(
        KeyRange row, ReadOnlySpan<int> positions, int kvHead, float* q, float* k, float* v, float* dOutput, float* dq, float* dkAll, float* dvAll,
        float* sharedK, float* sharedV)
    {
        int size = _shape.Size, length = row.Prefix + row.Length, ld = Padded(length), ldq = _shape.QuerySize;
        var scratch = _scratch.Rent((6L * size + 2 * QueryBlock) * ld);
        float* keys = scratch.Pointer;                                    // [D, ld]
        float* values = keys + (nint)size * ld;                           // [D, ld]
        float* p = values + (nint)size * ld, ds = p + (nint)QueryBlock * ld; // [block, ld]
        float* joined = ds + (nint)QueryBlock * ld;                       // four [T, D]
        k = Join(row, k, joined, out int ldk);
        v = Join(row, v, joined + (nint)size * ld, out _);
        float* dk = row.Prefix > 0 ? joined + 2 * (nint)size * ld : dkAll + (nint)row.Start * ldk;
        float* dv = row.Prefix > 0 ? joined + 3 * (nint)size * ld : dvAll + (nint)row.Start * ldk;
        Transpose(k, ldk, length, size, keys, ld);
        Transpose(v, ldk, length, size, values, ld);
        for (int i = 0; i < length; i++)
        {
            new Span<float>(dk + (nint)i * ldk, size).Clear();
            new Span<float>(dv + (nint)i * ldk, size).Clear();
        }

        for (int h = kvHead * _shape.Group; h < (kvHead + 1) * _shape.Group; h++)
        {
            for (int first = 0; first < positions.Length; first += QueryBlock)
            {
                int rows = Math.Min(QueryBlock, positions.Length - first), end = positions[first + rows - 1] + 1;
                nint at = (nint)first * ldq + h * size;
                Probabilities(q + at, keys, p, ld, positions.Slice(first, rows));
                // dP = dO·Vᵀ, then dS = P∘(dP − rowsum(P∘dP))/√D
                TileProduct.Multiply(dOutput + at, ldq, 1, values, ld, ds, ld, rows, Blocks16(end), size, false);
                for (int i = 0; i < rows; i++)
                    Kernels.SoftmaxBackwardRow(p + (nint)i * ld, ds + (nint)i * ld, positions[first + i] + 1, Blocks16(end), _shape.Scale);

                TileProduct.Multiply(ds, ld, 1, k, ldk, dq + at, ldq, rows, size, end, false);      // dQ = dS·K
                TileProduct.Multiply(p, 1, ld, dOutput + at, ldq, dv, ldk, end, size, rows, true);  // dV += Pᵀ·dO
                TileProduct.Multiply(ds, 1, ld, q + at, ldq, dk, ldk, end, size, rows, true);       // dK += dSᵀ·Q
            }
        }

        if (row.Prefix > 0)
        {
            Divide(row, dk, sharedK, dkAll);
            Divide(row, dv, sharedV, dvAll);
        }

        _scratch.Return(scratch);
    }

    /// <summary>Rows whose keys some queries see: those of the batch, and the shared tokens where they are queries themselves.</summary>
    private static int Rows(TokenBatch batch, TokenSelection queries) => batch.RowCount + (queries.RowStarts[0] > 0 ? 1 : 0);

    private static KeyRange RowAt(TokenBatch batch, TokenSelection queries, int row) => row == batch.RowCount
        ? new(0, queries.RowStarts[0], 0, 0, batch.PrefixLength)
        : new(queries.RowStarts[row], queries.RowStarts[row + 1] - queries.RowStarts[row], batch.PrefixLength, batch.RowStarts[row], batch.RowLength(row));

    /// <summary>A row's keys or values of one head, [T, D] at a stride: where they are, or behind the shared ones at <paramref name="target"/>.</summary>
    private float* Join(KeyRange row, float* x, float* target, out int stride)
    {
        int size = _shape.Size, width = _shape.KeyValueSize;
        stride = row.Prefix > 0 ? size : width;
        if (row.Prefix == 0)
            return x + (nint)row.Start * width;
        for (int i = 0; i < row.Prefix + row.Length; i++)
            CopyHead(x + (nint)(i < row.Prefix ? i : row.Start + i - row.Prefix) * width, target + (nint)i * size);
        return target;
    }

    /// <summary>The way back: gradients [T, D] of the shared tokens and of the row's own go to their places.</summary>
    private void Divide(KeyRange row, float* d, float* shared, float* all)
    {
        int size = _shape.Size, width = _shape.KeyValueSize;
        for (int i = 0; i < row.Prefix; i++)
            CopyHead(d + (nint)i * size, shared + (nint)i * width);
        for (int i = 0; i < row.Length; i++)
            CopyHead(d + (nint)(row.Prefix + i) * size, all + (nint)(row.Start + i) * width);
    }

    private void CopyHead(float* source, float* target) => new ReadOnlySpan<float>(source, _shape.Size).CopyTo(new Span<float>(target, _shape.Size));

    /// <summary>P [rows, ld]: softmax of the causal scores of the queries at these positions, zero behind each query's own position to the block's end.</summary>
    private void Probabilities(float* q, float* keys, float* p, int ld, ReadOnlySpan<int> positions)
    {
        int rows = positions.Length, padded = Blocks16(positions[^1] + 1);
        TileProduct.Multiply(q, _shape.QuerySize, 1, keys, ld, p, ld, rows, padded, _shape.Size, false);
        for (int i = 0; i < rows; i++)
            Kernels.SoftmaxRow(p + (nint)i * ld, positions[i] + 1, padded, _shape.Scale);
    }

    /// <summary>One head of [T, D] rows at stride <paramref name="stride"/> as [D, ld], with zeros after the last row.</summary>
    private static void Transpose(float* source, long stride, int length, int size, float* target, int ld) =>
        Operand.Of(source, stride, kContiguous: true).Pack(0, length, 0, size, target, ld);

    internal static int Blocks16(int n) => (n + 15) & ~15;

    // One cache line more than needed: rows a power of two apart would fall into the same cache sets.
    private static int Padded(int length) => Blocks16(length) + 16;

    /// <param name="FirstQuery">Queries of a row, and from where.</param>
    /// <param name="Prefix">Shared tokens that the row sees; its own <paramref name="Length"/> begin at <paramref name="Start"/>.</param>
    private readonly record struct KeyRange(int FirstQuery, int Queries, int Prefix, int Start, int Length);
}
