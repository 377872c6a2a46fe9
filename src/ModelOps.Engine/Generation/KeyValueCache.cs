using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>Keys and values of one row, for every layer and key head: keys transposed [D, capacity], values [capacity, D].</summary>
internal sealed unsafe class KeyValueCache : IDisposable
{
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

    private static int Stride(int tokens) => Attention.Blocks16(tokens) + 16; // never a power of two apart: such rows would share cache sets

    /// <summary>[D, capacity]</summary>
    internal float* Keys(int layer, int head) => _memory.Pointer + ((long)layer * _shape.KeyValueHeads + head) * 2 * _shape.Size * Capacity;

    /// <summary>[capacity, D]</summary>
    internal float* Values(int layer, int head) => Keys(layer, head) + (long)_shape.Size * Capacity;

    /// <param name="k">[count, G·D] of positions first..first+count.</param>
    /// <param name="v">the same</param>
    internal void Append(int layer, int head, int first, int count, float* k, float* v)
    {
        int size = _shape.Size;
        float* keys = Keys(layer, head), values = Values(layer, head);
        for (int t = 0; t < count; t++)
        {
            nint at = (nint)t * _shape.KeyValueSize + head * size;
            for (int d = 0; d < size; d++)
                keys[(nint)d * Capacity + first + t] = k[at + d];
            Buffer.MemoryCopy(v + at, values + (nint)(first + t) * size, size * sizeof(float), size * sizeof(float));
        }
    }

    /// <summary>Takes over the tokens <paramref name="first"/> to <paramref name="end"/> − 1 of <paramref name="other"/>.</summary>
    internal void CopyFrom(KeyValueCache other, int first, int end)
    {
        for (int layer = 0; layer < _layers; layer++)
        {
            for (int head = 0; head < _shape.KeyValueHeads; head++)
            {
                for (int d = 0; d < _shape.Size; d++)
                    Copy(other.Keys(layer, head) + (nint)d * other.Capacity + first, Keys(layer, head) + (nint)d * Capacity + first, end - first);
                nint at = (nint)first * _shape.Size;
                Copy(other.Values(layer, head) + at, Values(layer, head) + at, (long)(end - first) * _shape.Size);
            }
        }
    }

    private static void Copy(float* source, float* target, long count) =>
        Buffer.MemoryCopy(source, target, count * sizeof(float), count * sizeof(float));

    public void Dispose() => _memory.Dispose();
}
