using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Layers;

/// <summary>
/// What the layers share while tokens go through them: threads, the packed rows, rotary tables, scratch memory. Allocated once for the
/// largest batch and used again for each one.
/// </summary>
internal sealed unsafe class Pass : IDisposable
{
    // Weights that a token reads, above which they cannot stay in a cache from one token to the next: 64 MB in bf16.
    private const long MostKeptWeights = 32 << 20;

    private readonly FloatBuffer _memory;
    private readonly RopeTable _rope;
    private readonly int[] _positions;
    private int[] _rowOfToken = [];
    private AdapterSpan[] _adapters = [];

    /// <param name="capacity">Most tokens in one batch.</param>
    /// <param name="positions">Longest row.</param>
    /// <param name="maximumRank">Largest rank of a low-rank update, 0 for none.</param>
    internal Pass(LlamaConfig config, ThreadTeam team, int capacity, int positions, int maximumRank, bool backward)
    {
        Team = team;
        Small = new SmallProducts(team, config.ParameterCount > MostKeptWeights);
        Capacity = capacity;
        Shape = HeadShape.Of(config);
        _rope = new RopeTable(config, positions);
        _positions = new int[capacity];
        long c = config.HiddenSize, f = config.IntermediateSize, q = config.QuerySize, kv = config.KeyValueSize;
        long wide = Math.Max(Math.Max(c, f), q);
        long[] sizes = [c, f, maximumRank, wide, wide, backward ? c : 0, backward ? q : 0, backward ? q : 0, backward ? kv : 0, backward ? kv : 0, backward ? f : 0];
        _memory = new FloatBuffer(sizes.Sum() * capacity);
        float* at = _memory.Pointer;
        float* Next(int i)
        {
            float* here = at;
            at += sizes[i] * capacity;
            return here;
        }

        Normed = Next(0);
        Act = Next(1);
        Ranks = Next(2);
        Wide = Next(3);
        Dropped = Next(4);
        DNormed = Next(5);
        DOutput = Next(6);
        DQuery = Next(7);
        DKey = Next(8);
        DValue = Next(9);
        DAct = Next(10);
    }

    internal ThreadTeam Team { get; }

    /// <summary>Products in the decoding order of summation, several at once.</summary>
    internal SmallProducts Small { get; }

    internal HeadShape Shape { get; }

    internal int Capacity { get; }

    /// <summary>Tokens in this batch (N).</summary>
    internal int Count { get; private set; }

    /// <summary>A few tokens, one per row: products in the decoding order of summation.</summary>
    internal bool IsDecoding { get; private set; }

    /// <summary>Which tokens go through which adapter; they cover the batch in order.</summary>
    internal ReadOnlySpan<AdapterSpan> Adapters => _adapters;

    internal float* Normed { get; }     // [N, C]

    internal float* Act { get; }        // [N, F]

    internal float* Ranks { get; }      // [N, r]

    internal float* Wide { get; }       // [N, max(C, F, H·D)]

    internal float* Dropped { get; }    // the same

    internal float* DNormed { get; }    // [N, C]

    internal float* DOutput { get; }    // [N, H·D] gradient of the heads' output

    internal float* DQuery { get; }     // [N, H·D]

    internal float* DKey { get; }       // [N, G·D]

    internal float* DValue { get; }     // [N, G·D]

    internal float* DAct { get; }       // [N, F]

    internal bool Drops => DropoutProbability > 0;

    internal double DropoutProbability { get; set; }

    internal ulong DropoutSeed { get; set; }

    /// <summary>Zero-based optimizer step, keys the dropout.</summary>
    internal int DropoutStep { get; set; }

    /// <summary>These tokens of <paramref name="batch"/> are what the layers compute from now on.</summary>
    internal void Begin(TokenBatch batch, TokenSelection tokens)
    {
        Begin(tokens.Positions, decoding: false);
        if (!Drops)
            return;
        Array.Resize(ref _rowOfToken, Math.Max(_rowOfToken.Length, Count));
        for (int r = 0; r < batch.RowCount; r++)
            Array.Fill(_rowOfToken, batch.RowIds[r], tokens.RowStarts[r], tokens.RowStarts[r + 1] - tokens.RowStarts[r]);
    }

    /// <param name="adapters">Null: every token goes through the first adapter, where there is one.</param>
    internal void Begin(ReadOnlySpan<int> positions, bool decoding, AdapterSpan[]? adapters = null)
    {
        if (positions.Length > Capacity)
            throw new ArgumentException($"{positions.Length} tokens exceed the capacity of {Capacity}");
        Count = positions.Length;
        IsDecoding = decoding;
        _adapters = adapters ?? [new AdapterSpan(0, 0, Count)];
        positions.CopyTo(_positions);
    }

    /// <summary>x itself without dropout; otherwise the dropped copy [N, width].</summary>
    internal float* Drop(int site, float* x, int width)
    {
        if (!Drops || IsDecoding)
            return x;
        float* dropped = Dropped;
        RowParts.For(Team, Count, width, (start, count) =>
        {
            for (int t = start; t < start + count; t++)
            {
                var key = new DropoutKey(DropoutSeed, (ulong)DropoutStep, ((ulong)(uint)_rowOfToken[t] << 32) | (uint)_positions[t], (ulong)site);
                Kernels.DropoutRow(x + (nint)t * width, dropped + (nint)t * width, width, key, DropoutProbability);
            }
        });
        return dropped;
    }

    /// <summary>y [count, Rows] (+)= x·Wᵀ in the decoding order: a row's result does not depend on the rows beside it.</summary>
    internal void MultiplySmall(WeightMatrix weight, float* x, float* y, int count, bool accumulate)
    {
        Small.Add(weight, y, weight.Rows, accumulate);
        Small.Run(x, weight.Cols, count);
    }

    /// <summary>Rotates [N, heads, D] in place by each token's position, or back.</summary>
    internal void Rotate(float* x, int heads, bool inverse)
    {
        fixed (int* positions = _positions)
        {
            if (RowParts.IsOnePart(Count, heads * Shape.Size))
                RotateRows(x, heads, inverse, positions, 0, Count);
            else
                RotateParts(x, heads, inverse, positions);
        }
    }

    private void RotateParts(float* x, int heads, bool inverse, int* positions) =>
        RowParts.For(Team, Count, heads * Shape.Size, (start, count) => RotateRows(x, heads, inverse, positions, start, count));

    private void RotateRows(float* x, int heads, bool inverse, int* positions, int start, int count)
    {
        int size = Shape.Size, width = heads * size;
        if (inverse)
            Kernels.RopeBackward(x + (nint)start * width, width, heads, size, positions + start, _rope.Cos, _rope.Sin, count);
        else
            Kernels.RopeForward(x + (nint)start * width, width, heads, size, positions + start, _rope.Cos, _rope.Sin, count);
    }

    public void Dispose()
    {
        _memory.Dispose();
        Small.Dispose();
        _rope.Dispose();
    }
}
