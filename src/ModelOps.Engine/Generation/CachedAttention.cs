using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>New tokens of one row: where they lie in the batch and in the row.</summary>
internal readonly record struct CachedRow(KeyValueCache Cache, int Start, int Position, int Count);

/// <summary>
/// Attention of new tokens to their row's cache. The sums are those of <see cref="Attention"/>, element by element, so a prompt gives the
/// same bits whether it comes at once, in pieces or behind a shared prefix.
/// </summary>
internal sealed unsafe class CachedAttention(HeadShape shape, ThreadTeam team) : IDisposable
{
    private const int QueryBlock = 32;
    private readonly ScratchPool _scratch = new();

    /// <param name="q">[N, H·D] rotated</param>
    /// <param name="k">[N, G·D] rotated; goes into the caches, as does <paramref name="v"/>.</param>
    /// <param name="o">[N, H·D]</param>
    internal void Forward(int layer, IReadOnlyList<CachedRow> rows, float* q, float* k, float* v, float* o)
    {
        team.For(rows.Count * shape.KeyValueHeads, part =>
        {
            var row = rows[part / shape.KeyValueHeads];
            int head = part % shape.KeyValueHeads;
            nint atQ = (nint)row.Start * shape.QuerySize, atK = (nint)row.Start * shape.KeyValueSize;
            row.Cache.Append(layer, head, row.Position, row.Count, k + atK, v + atK);
            ForwardHead(layer, head, row, q + atQ, o + atQ);
        });
    }

    private void ForwardHead(int layer, int kvHead, CachedRow row, float* q, float* o)
    {
        int size = shape.Size, ld = Attention.Blocks16(row.Position + row.Count) + 16;
        int block = Math.Max(QueryBlock, shape.Group);
        var scratch = _scratch.Rent((long)block * ld);
        float* keys = row.Cache.Keys(layer, kvHead), values = row.Cache.Values(layer, kvHead), p = scratch.Pointer;
        int capacity = row.Cache.Capacity, firstHead = kvHead * shape.Group;
        if (row.Count == 1)
        {
            // One token: the group's heads are the rows of one product.
            Block(q + firstHead * size, size, o + firstHead * size, size, shape.Group, row.Position, causalStep: 0);
        }
        else
        {
            for (int h = firstHead; h < firstHead + shape.Group; h++)
            {
                for (int first = 0; first < row.Count; first += QueryBlock)
                {
                    nint at = (nint)first * shape.QuerySize + h * size;
                    Block(q + at, shape.QuerySize, o + at, shape.QuerySize, Math.Min(QueryBlock, row.Count - first), row.Position + first, causalStep: 1);
                }
            }
        }

        _scratch.Return(scratch);

        void Block(float* queries, int ldq, float* output, int ldo, int rows, int position, int causalStep)
        {
            int end = position + 1 + (rows - 1) * causalStep, padded = Attention.Blocks16(end);
            TileProduct.Multiply(queries, ldq, 1, keys, capacity, p, ld, rows, padded, size, false);
            for (int i = 0; i < rows; i++)
                Kernels.SoftmaxRow(p + (nint)i * ld, position + 1 + i * causalStep, padded, shape.Scale);
            TileProduct.Multiply(p, ld, 1, values, size, output, ldo, rows, size, end, false);
        }
    }

    public void Dispose() => _scratch.Dispose();
}
