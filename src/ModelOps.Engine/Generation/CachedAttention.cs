using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>New tokens of one row: where they lie in the batch and in the row.</summary>
internal readonly record struct CachedRow(KeyValueCache Cache, int Start, int Position, int Count);

/// <summary>Neighbours in the batch that begin alike.</summary>
/// <param name="First">The first one's place.</param>
/// <param name="Shared">Tokens at the beginning whose keys and values are the same bits in every row's cache, whole blocks of keys.</param>
internal readonly record struct AlikeRows(int First, int Count, int Shared);

/// <summary>
/// Attention of new tokens to their row's cache. The sums are those of <see cref="Attention"/>, element by element, so a prompt gives the
/// same bits whether it comes at once, in pieces or behind a shared prefix.
/// </summary>
internal sealed unsafe class CachedAttention(HeadShape shape, ThreadTeam team) : IDisposable
{
    private const int QueryBlock = 32;
    private readonly ScratchPool _scratch = new();

    /// <summary>Prompts, in pieces.</summary>
    /// <param name="q">[N, H·D] rotated</param>
    /// <param name="k">[N, G·D] rotated; goes into the caches, as does <paramref name="v"/>.</param>
    /// <param name="o">[N, H·D]</param>
    internal void Forward(int layer, IReadOnlyList<CachedRow> rows, float* q, float* k, float* v, float* o)
    {
        team.For(rows.Count * shape.KeyValueHeads, part =>
        {
            var row = rows[part / shape.KeyValueHeads];
            int head = part % shape.KeyValueHeads;
            nint atQ = (nint)row.Start * shape.QuerySize;
            Append(layer, head, row, k, v);
            ForwardHead(layer, head, row, q + atQ, o + atQ);
        });
    }

    /// <summary>Keys and values of prompts alone, where nobody asks what they come to.</summary>
    /// <param name="k">[N, G·D] rotated</param>
    /// <param name="v">[N, G·D]</param>
    internal void Keep(int layer, IReadOnlyList<CachedRow> rows, float* k, float* v) =>
        team.For(rows.Count * shape.KeyValueHeads, part => Append(layer, part % shape.KeyValueHeads, rows[part / shape.KeyValueHeads], k, v));

    /// <summary>
    /// One more token of each row. What neighbours begin with alike is read once for all of them: scores are as they were, and a sum over positions
    /// goes on where the shared ones end.
    /// </summary>
    /// <param name="rows">One token each, in the order of the batch.</param>
    /// <param name="alike">They cover the rows in order.</param>
    /// <param name="q">[n, H·D] rotated</param>
    /// <param name="k">[n, G·D] rotated; goes into the caches, as does <paramref name="v"/>.</param>
    /// <param name="o">[n, H·D]</param>
    internal void Decode(int layer, IReadOnlyList<CachedRow> rows, IReadOnlyList<AlikeRows> alike, float* q, float* k, float* v, float* o)
    {
        team.For(alike.Count * shape.KeyValueHeads, part =>
        {
            int head = part % shape.KeyValueHeads;
            var block = alike[part / shape.KeyValueHeads];
            int longest = 0;
            for (int i = block.First; i < block.First + block.Count; i++)
            {
                Append(layer, head, rows[i], k, v);
                longest = Math.Max(longest, rows[i].Position + 1);
            }

            DecodeHead(layer, head, rows, block, longest, q, o);
        });
    }

    private void Append(int layer, int head, CachedRow row, float* k, float* v)
    {
        nint at = (nint)row.Start * shape.KeyValueSize;
        row.Cache.Append(layer, head, row.Position, row.Count, k + at, v + at);
    }

    private void DecodeHead(int layer, int kvHead, IReadOnlyList<CachedRow> rows, AlikeRows block, int longest, float* q, float* o)
    {
        int size = shape.Size, ld = Attention.Blocks16(longest) + 16, shared = block.Shared;
        nint ofHead = (nint)block.Count * ld; // scores [group, rows, ld]
        var scratch = _scratch.Rent(shape.Group * ofHead);
        float* p = scratch.Pointer;
        nint first = ((nint)block.First * shape.Heads + kvHead * shape.Group) * size;
        var memory = rows[block.First].Cache;
        for (int h = 0; h < shape.Group && shared > 0; h++)
            Scores(q + first + h * size, shape.QuerySize, memory.Keys(layer, kvHead), p + h * ofHead, ld, block.Count, shared);
        for (int i = 0; i < block.Count; i++)
        {
            var row = rows[block.First + i];
            int padded = Attention.Blocks16(row.Position + 1);
            float* scores = p + (nint)i * ld;
            Scores(q + first + (nint)i * shape.QuerySize, size, row.Cache.Keys(layer, kvHead) + (nint)shared * size, scores + shared, ofHead, shape.Group, padded - shared);
            for (int h = 0; h < shape.Group; h++)
                Kernels.SoftmaxRow(scores + h * ofHead, row.Position + 1, padded, shape.Scale);
        }

        for (int h = 0; h < shape.Group && shared > 0; h++)
            TileProduct.Multiply(p + h * ofHead, ld, 1, memory.Values(layer, kvHead), size, o + first + h * size, shape.QuerySize, block.Count, size, shared, false);
        for (int i = 0; i < block.Count; i++)
        {
            var row = rows[block.First + i];
            TileProduct.Multiply(p + (nint)i * ld + shared, ofHead, 1, row.Cache.Values(layer, kvHead) + (nint)shared * size, size, o + first + (nint)i * shape.QuerySize, size,
                shape.Group, size, row.Position + 1 - shared, accumulate: shared > 0);
        }

        _scratch.Return(scratch);
    }

    private void ForwardHead(int layer, int kvHead, CachedRow row, float* q, float* o)
    {
        int size = shape.Size, ld = Attention.Blocks16(row.Position + row.Count) + 16;
        var scratch = _scratch.Rent((long)QueryBlock * ld);
        float* keys = row.Cache.Keys(layer, kvHead), values = row.Cache.Values(layer, kvHead), p = scratch.Pointer;
        for (int h = kvHead * shape.Group; h < (kvHead + 1) * shape.Group; h++)
        {
            for (int first = 0; first < row.Count; first += QueryBlock)
            {
                int queries = Math.Min(QueryBlock, row.Count - first), end = row.Position + first + queries, padded = Attention.Blocks16(end);
                nint at = (nint)first * shape.QuerySize + h * size;
                Scores(q + at, shape.QuerySize, keys, p, ld, queries, padded);
                for (int i = 0; i < queries; i++)
                    Kernels.SoftmaxRow(p + (nint)i * ld, row.Position + first + i + 1, padded, shape.Scale);
                TileProduct.Multiply(p, ld, 1, values, size, o + at, shape.QuerySize, queries, size, end, false);
            }
        }

        _scratch.Return(scratch);
    }

    /// <summary>[rows, keys] of a head's queries with the keys from the beginning of a block on.</summary>
    private void Scores(float* q, nint qRow, float* keys, float* scores, nint ld, int rows, int count) =>
        TileProduct.Multiply(q, qRow, 1, keys, KeyValueCache.Block, scores, ld, rows, count, shape.Size, accumulate: false, shape.Size * KeyValueCache.Block);

    public void Dispose() => _scratch.Dispose();
}
