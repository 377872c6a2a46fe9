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
        _team.For(batch.RowCount * heads, part =>
        {
            int row = part / heads, head = part % heads;
            nint start = batch.RowStarts[row], first = queries.RowStarts[row];
            ForwardHead(Positions(queries, row), batch.RowLength(row), head, q + first * _shape.QuerySize, k + start * _shape.KeyValueSize,
                v + start * _shape.KeyValueSize, o + first * _shape.QuerySize);
        });
    }

    private static ReadOnlySpan<int> Positions(TokenSelection queries, int row) => queries.Positions.AsSpan(queries.RowStarts[row]..queries.RowStarts[row + 1]);

    private void ForwardHead(ReadOnlySpan<int> positions, int length, int kvHead, float* q, float* k, float* v, float* o)
    {
        int size = _shape.Size, ld = Padded(length);
        var scratch = _scratch.Rent((long)(size + QueryBlock) * ld);
        float* keys = scratch.Pointer, p = keys + (nint)size * ld; // [D, ld], [block, ld]
        Transpose(k + kvHead * size, _shape.KeyValueSize, length, size, keys, ld);
        for (int h = kvHead * _shape.Group; h < (kvHead + 1) * _shape.Group; h++)
        {
            for (int first = 0; first < positions.Length; first += QueryBlock)
            {
                int rows = Math.Min(QueryBlock, positions.Length - first), end = positions[first + rows - 1] + 1;
                nint at = (nint)first * _shape.QuerySize + h * size;
                Probabilities(q + at, keys, p, ld, positions.Slice(first, rows));
                TileProduct.Multiply(p, ld, 1, v + kvHead * size, _shape.KeyValueSize, o + at, _shape.QuerySize, rows, size, end, false);
            }
        }

        _scratch.Return(scratch);
    }

    /// <param name="dOutput">[n, H·D]</param>
    /// <param name="dq">[n, H·D]; overwritten, as are <paramref name="dk"/> and <paramref name="dv"/> [N, G·D].</param>
    internal void Backward(
        TokenBatch batch, TokenSelection queries, float* q, float* k, float* v, float* dOutput, float* dq, float* dk, float* dv)
    {
        int heads = _shape.KeyValueHeads;
        _team.For(batch.RowCount * heads, part =>
        {
            int row = part / heads, head = part % heads;
            nint atQ = (nint)queries.RowStarts[row] * _shape.QuerySize, atK = (nint)batch.RowStarts[row] * _shape.KeyValueSize + head * _shape.Size;
            BackwardHead(Positions(queries, row), batch.RowLength(row), head, q + atQ, k + atK, v + atK, dOutput + atQ, dq + atQ, dk + atK, dv + atK);
        });
    }

    private void BackwardHead(
        ReadOnlySpan<int> positions, int length, int kvHead, float* q, float* k, float* v, float* dOutput, float* dq, float* dk, float* dv)
    {
        int size = _shape.Size, ld = Padded(length), ldq = _shape.QuerySize, ldk = _shape.KeyValueSize;
        var scratch = _scratch.Rent((2L * size + 2 * QueryBlock) * ld);
        float* keys = scratch.Pointer;                                    // [D, ld]
        float* values = keys + (nint)size * ld;                           // [D, ld]
        float* p = values + (nint)size * ld, ds = p + (nint)QueryBlock * ld; // [block, ld]
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

        _scratch.Return(scratch);
    }

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
}
