using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>
/// Keys and values of one row, for every layer and key head: keys in blocks of 32 tokens, each transposed [D, 32], values [capacity, D]. Both are read from front
/// to back, and so are a few tokens of either.
/// </summary>
internal sealed unsafe class KeyValueCache : IDisposable
{
    /// <summary>Tokens of a block of keys.</summary>
    internal const int Block = TileProduct.Block;

    private readonly HeadShape _shape;
    private readonly FloatBuffer _memory;
    private readonly int _layers;

    /// <param name="tokens">Most tokens.</param>
    internal KeyValueCache(HeadShape shape, int layers, int tokens)
    {
        _shape = shape;
        _layers = layers;
        Tokens = tokens;
        Capacity = Stride(tokens);
        _memory = new FloatBuffer(2L * layers * shape.KeyValueSize * Capacity);
    }

    /// <summary>Most tokens.</summary>
    internal int Tokens { get; }

    internal int Capacity { get; }

    internal long Bytes => BytesFor(_shape, _layers, Tokens);

    internal static long BytesFor(HeadShape shape, int layers, int tokens) => 2L * layers * shape.KeyValueSize * Stride(tokens) * sizeof(float);

    private static int Stride(int tokens) => (tokens + Block - 1) & -Block;

    /// <summary>[capacity / 32, D, 32]</summary>
    internal float* Keys(int layer, int head) => _memory.Pointer + ((long)layer * _shape.KeyValueHeads + head) * 2 * _shape.Size * Capacity;

    /// <summary>[capacity, D]</summary>
    internal float* Values(int layer, int head) => Keys(layer, head) + (long)_shape.Size * Capacity;

    /// <param name="k">[count, G·D] of positions first..first+count.</param>
    /// <param name="v">the same</param>
    internal void Append(int layer, int head, int first, int count, float* k, float* v)
    {
        int size = _shape.Size, width = _shape.KeyValueSize;
        float* keys = Keys(layer, head), values = Values(layer, head) + (nint)first * size;
        k += head * size;
        v += head * size;
        for (int t = 0, run; t < count; t += run)
        {
            run = Run(first + t, first + count);
            PanelTranspose.Columns(k + (nint)t * width, width, run, size, keys + KeyAt(first + t), Block);
        }

        for (int t = 0; t < count; t++)
            Copy(v + (nint)t * width, values + (nint)t * size, size);
    }

    /// <summary>Takes over the tokens <paramref name="first"/> to <paramref name="end"/> − 1 of <paramref name="other"/>.</summary>
    internal void CopyFrom(KeyValueCache other, int first, int end)
    {
        for (int layer = 0; layer < _layers; layer++)
        {
            for (int head = 0; head < _shape.KeyValueHeads; head++)
            {
                float* theirs = other.Keys(layer, head), ours = Keys(layer, head);
                for (int t = first, run; t < end; t += run)
                {
                    run = Run(t, end);
                    CopyKeys(theirs + KeyAt(t), ours + KeyAt(t), run);
                }

                nint at = (nint)first * _shape.Size;
                Copy(other.Values(layer, head) + at, Values(layer, head) + at, (long)(end - first) * _shape.Size);
            }
        }
    }

    private nint KeyAt(int token) => (nint)(token & -Block) * _shape.Size + token % Block;

    /// <summary>Tokens from <paramref name="first"/> on that lie in its block.</summary>
    private static int Run(int first, int end) => Math.Min(end - first, Block - first % Block);

    private void CopyKeys(float* source, float* target, int run)
    {
        if (run == Block)
        {
            Copy(source, target, (long)_shape.Size * Block);
            return;
        }

        for (int d = 0; d < _shape.Size; d++)
            Copy(source + d * Block, target + d * Block, run);
    }

    private static void Copy(float* source, float* target, long count) =>
        Buffer.MemoryCopy(source, target, count * sizeof(float), count * sizeof(float));

    public void Dispose() => _memory.Dispose();
}
