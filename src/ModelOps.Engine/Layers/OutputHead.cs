using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Layers;

/// <summary>
/// Final norm and vocabulary projection at the S scored positions, for a chunk of them at a time, so that memory does not grow with the
/// vocabulary. V words.
/// </summary>
internal sealed unsafe class OutputHead : IDisposable
{
    private const long LogitBudget = 1 << 24; // floats: 64 MiB
    private readonly Norm _norm;
    private readonly WeightMatrix _weight;     // [V, C]
    private readonly Parameter? _parameter;
    private readonly FloatBuffer _memory;
    private readonly float* _normed;           // [S, C], then its gradient
    private readonly float* _inverseRms;       // [S]
    private readonly float* _logits;           // [chunk, V]
    private readonly int _chunk;

    internal OutputHead(LlamaConfig config, Norm norm, WeightMatrix weight, Parameter? parameter, int capacity)
    {
        _norm = norm;
        _weight = weight;
        _parameter = parameter;
        _chunk = (int)Math.Clamp(LogitBudget / config.VocabularySize, 1, capacity);
        long width = config.HiddenSize;
        _memory = new FloatBuffer((width + 1) * capacity + (long)_chunk * config.VocabularySize + 64);
        _logits = _memory.Pointer;
        _normed = _logits + (((long)_chunk * config.VocabularySize + 15) & ~15L);
        _inverseRms = _normed + width * capacity;
    }

    /// <summary>The gradients of weights of the head itself are wanted.</summary>
    internal bool IsTrained => _parameter is not null || _norm.IsTrained;

    private int Width => _weight.Cols;

    private int Vocabulary => _weight.Rows;

    /// <summary>Negative log-likelihood of every scored token, to <paramref name="losses"/> [S].</summary>
    /// <param name="x">[S, C] output of the last layer at the scored positions.</param>
    /// <param name="likeliest">[S], or empty: whether greedy decoding would choose it.</param>
    internal void Forward(ThreadTeam team, TokenBatch batch, float* x, Span<float> losses, Span<bool> likeliest = default)
    {
        _norm.Forward(team, x, _normed, _inverseRms, batch.Targets.Length);
        fixed (float* target = losses)
        fixed (bool* best = likeliest)
        {
            for (int start = 0; start < batch.Targets.Length; start += _chunk)
            {
                int count = Math.Min(_chunk, batch.Targets.Length - start);
                Logits(team, start, count);
                CrossEntropy(team, batch.Targets, start, count, target, scales: null, best);
            }
        }
    }

    /// <summary>The same, and the gradient of the sum of scale · loss to dx [S, C] and to the weights that are trained.</summary>
    /// <param name="scales">[S]</param>
    internal void ForwardBackward(ThreadTeam team, TokenBatch batch, float* x, Span<float> losses, float[] scales, float* dx)
    {
        _norm.Forward(team, x, _normed, _inverseRms, batch.Targets.Length);
        int scored = batch.Targets.Length;
        fixed (float* target = losses)
        {
            for (int start = 0; start < scored; start += _chunk)
            {
                int count = Math.Min(_chunk, scored - start);
                Logits(team, start, count);
                CrossEntropy(team, batch.Targets, start, count, target, scales);
                float* rows = _normed + (nint)start * Width;
                if (_parameter is not null)
                    Gemm.MultiplyTransposedA(team, _logits, Vocabulary, rows, Width, _parameter.Gradient, Width, Vocabulary, Width, count, true);
                if (_parameter is not null)
                    Gemm.Multiply(team, _logits, Vocabulary, _parameter.Value, Width, rows, Width, count, Width, Vocabulary, false);
                else
                    Gemm.Multiply(team, _logits, Vocabulary, _weight, rows, Width, count, false);
            }
        }

        _norm.Backward(team, x, _inverseRms, _normed, dx, scored, accumulate: false);
    }

    /// <summary>Logits [n, V] of the rows of x [n, C], in the decoding order of summation; x is normalised in place.</summary>
    internal void Decode(Pass pass, float* x, float* logits)
    {
        _norm.Forward(pass.Team, x, x, _inverseRms, pass.Count);
        pass.MultiplySmall(_weight, x, logits, pass.Count, accumulate: false);
    }

    private void Logits(ThreadTeam team, int start, int count)
    {
        float* rows = _normed + (nint)start * Width;
        if (_parameter is not null)
            Gemm.MultiplyTransposedB(team, rows, Width, _parameter.Value, Width, _logits, Vocabulary, count, Vocabulary, Width, false);
        else
            Gemm.MultiplyTransposedB(team, rows, Width, _weight, _logits, Vocabulary, count, false);
    }

    private void CrossEntropy(ThreadTeam team, int[] targets, int first, int count, float* losses, float[]? scales, bool* likeliest = null) =>
        RowParts.For(team, count, Vocabulary, (start, rows) =>
        {
            for (int i = start; i < start + rows; i++)
            {
                float* logits = _logits + (nint)i * Vocabulary;
                int target = targets[first + i];
                if (likeliest != null)
                    likeliest[first + i] = Kernels.ArgMax(logits, Vocabulary) == target;
                losses[first + i] = scales is not null
                    ? Kernels.CrossEntropyGradientRow(logits, Vocabulary, target, scales[first + i])
                    : Kernels.CrossEntropyRow(logits, Vocabulary, target);
            }
        });

    public void Dispose() => _memory.Dispose();
}
