namespace ModelOps.Engine.Numerics;

internal static unsafe partial class ScalarReference
{
    /// <summary>Softmax of row[0..visible) · scale, shifted by its maximum; row[visible..total) becomes 0.</summary>
    public static void SoftmaxRow(float* row, int visible, int total, float scale)
    {
        var max = Max(row, visible);
        var lanes = stackalloc float[Lanes];
        for (var i = 0; i < visible; i++)
        {
            row[i] = PortableMath.Exp((row[i] - max) * scale);
            lanes[i % Lanes] += row[i];
        }

        var inverse = 1f / Fold(lanes);
        for (var i = 0; i < visible; i++) row[i] *= inverse;
        for (var i = visible; i < total; i++) row[i] = 0;
    }

    /// <summary>dp becomes the gradient of the unscaled scores: scale · p (dp - p·dp); entries from visible on become 0.</summary>
    public static void SoftmaxBackwardRow(float* p, float* dp, int visible, int total, float scale)
    {
        var dot = Dot(p, dp, visible);
        for (var i = 0; i < visible; i++) dp[i] = p[i] * scale * (dp[i] - dot);
        for (var i = visible; i < total; i++) dp[i] = 0;
    }

    public static float CrossEntropyRow(float* logits, int n, int label)
    {
        if (label == Kernels.IgnoredLabel) return 0;
        var max = Max(logits, n);
        var lanes = stackalloc float[Lanes];
        for (var i = 0; i < n; i++) lanes[i % Lanes] += PortableMath.Exp(logits[i] - max);
        return PortableMath.Log(Fold(lanes)) + (max - logits[label]);
    }

    public static float CrossEntropyGradientRow(float* logits, int n, int label, float gradientScale)
    {
        if (label == Kernels.IgnoredLabel)
        {
            for (var i = 0; i < n; i++) logits[i] = 0;
            return 0;
        }

        var max = Max(logits, n);
        var shifted = max - logits[label];
        var lanes = stackalloc float[Lanes];
        for (var i = 0; i < n; i++)
        {
            logits[i] = PortableMath.Exp(logits[i] - max);
            lanes[i % Lanes] += logits[i];
        }

        var sum = Fold(lanes);
        var factor = gradientScale / sum;
        for (var i = 0; i < n; i++) logits[i] *= factor;
        logits[label] -= gradientScale;
        return PortableMath.Log(sum) + shifted;
    }

    public static void EmbeddingGather(WeightMatrix table, int* ids, float* y, int rows)
    {
        for (var t = 0; t < rows; t++) table.Expand(ids[t], 1, y + (long)t * table.Cols);
    }

    public static void EmbeddingScatterAdd(float* dTable, int dim, int* ids, float* dy, int rows, int start, int count)
    {
        for (var t = 0; t < rows; t++) Add(dTable + (long)ids[t] * dim + start, dy + (long)t * dim + start, count);
    }

    public static void DropoutRow(float* x, float* y, int n, DropoutKey key, double probability)
    {
        var threshold = DropoutThreshold(probability);
        var factor = DropoutFactor(probability);
        for (var i = 0; i < n; i++) y[i] = DropoutBits(key, (uint)i) >= threshold ? x[i] * factor : 0f;
    }

    /// <summary>Elements whose 32 random bits are below this are dropped.</summary>
    public static uint DropoutThreshold(double probability)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        return (uint)(probability * 4294967296.0);
    }

    public static float DropoutFactor(double probability) => (float)(1 / (1 - probability));

    // Two rounds of the 32-bit finalizer of MurmurHash3 over a Weyl sequence, each keyed by one half of the row's key.
    public static uint DropoutBits(DropoutKey key, uint column) => Finalize(Finalize(column * 0x9E3779B9 + key.Low) ^ key.High);

    private static uint Finalize(uint h)
    {
        h = (h ^ (h >> 16)) * 0x85EBCA6B;
        h = (h ^ (h >> 13)) * 0xC2B2AE35;
        return h ^ (h >> 16);
    }

    // A lane keeps what it has unless the new element is greater, so a NaN is passed over here and surfaces in the sum.
    public static int ArgMax(float* x, int n)
    {
        var best = 0;
        for (var i = 1; i < n; i++) best = x[i] > x[best] ? i : best;
        return best;
    }

    private static float Max(float* x, int n)
    {
        var max = float.NegativeInfinity;
        for (var i = 0; i < n; i++) max = x[i] > max ? x[i] : max;
        return max;
    }
}
