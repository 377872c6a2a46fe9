using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

internal static unsafe partial class Kernels
{
    /// <summary>
    /// Softmax of row[0..visible) · scale (scale > 0), shifted by the maximum; row[visible..total) becomes 0, so that a causal row
    /// can go straight into a product.
    /// </summary>
    public static void SoftmaxRow(float* row, int visible, int total, float scale)
    {
        // Whole vectors where there is room: a term of what follows is zero and changes no sum.
        var count = (visible + Lanes.Count - 1) & -Lanes.Count;
        if (count > total) count = visible;
        new Span<float>(row + visible, count - visible).Fill(float.NegativeInfinity);
        var sum = ExpSum(row, count, Max(row, count), scale, keep: true);
        Scale(row, 1f / sum, count);
        new Span<float>(row + visible, total - visible).Clear();
    }

    /// <summary>dp becomes the gradient of the unscaled scores, scale · p (dp - p·dp); dp[visible..total) becomes 0.</summary>
    public static void SoftmaxBackwardRow(float* p, float* dp, int visible, int total, float scale)
    {
        Lanes.ForEach(new SoftmaxBackwardOperator(Dot(p, dp, visible), scale), visible, dp, p);
        new Span<float>(dp + visible, total - visible).Clear();
    }

    /// <summary>Negative log likelihood of <paramref name="label"/> under logits [n]; 0 for <see cref="IgnoredLabel"/>.</summary>
    public static float CrossEntropyRow(float* logits, int n, int label)
    {
        if (label == IgnoredLabel) return 0;
        var max = Max(logits, n);
        return PortableMath.Log(ExpSum(logits, n, max, 1, keep: false)) + (max - logits[label]);
    }

    /// <summary>
    /// The same loss; the logits become gradientScale · (softmax - one-hot), zeros for <see cref="IgnoredLabel"/>.
    /// </summary>
    public static float CrossEntropyGradientRow(float* logits, int n, int label, float gradientScale)
    {
        if (label == IgnoredLabel)
        {
            new Span<float>(logits, n).Clear();
            return 0;
        }

        var max = Max(logits, n);
        var shifted = max - logits[label];
        var sum = ExpSum(logits, n, max, 1, keep: true);
        Scale(logits, gradientScale / sum, n);
        logits[label] -= gradientScale;
        return PortableMath.Log(sum) + shifted;
    }

    /// <summary>y [rows, table.Cols] = the table's rows named by ids.</summary>
    public static void EmbeddingGather(WeightMatrix table, int* ids, float* y, int rows)
    {
        for (var t = 0; t < rows; t++) table.Expand(ids[t], 1, y + (long)t * table.Cols);
    }

    /// <summary>dTable[ids[t]] += dy[t] in row order, for columns [start, start + count): parts are column ranges.</summary>
    public static void EmbeddingScatterAdd(float* dTable, int dim, int* ids, float* dy, int rows, int start, int count)
    {
        for (var t = 0; t < rows; t++) Add(dTable + (long)ids[t] * dim + start, dy + (long)t * dim + start, count);
    }

    /// <summary>
    /// y = x / (1 - probability) where the key keeps an element, else 0 (also where x is not finite). The gradient is the same call on dy. y may be x.
    /// </summary>
    public static void DropoutRow(float* x, float* y, int n, DropoutKey key, double probability) =>
        Lanes.ForEach(new DropoutOperator(key, probability), n, y, x);

    /// <summary>Index of the largest of x [n], n at least 1: the lowest of equals. NaN is larger than nothing and, in front, exceeded by nothing.</summary>
    public static int ArgMax(float* x, int n)
    {
        if (float.IsNaN(x[0])) return 0;
        var max = Max(x, n);
        var i = 0;
        while (i + Lanes.Count <= n && !Vector512.EqualsAny(Vector512.Load(x + i), Vector512.Create(max))) i += Lanes.Count;
        while (x[i] != max) i++;
        return i;
    }

    /// <summary>The largest, in any order: only which zero of two it is could differ, and that is lost in a difference's exponential.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Max(float* x, int n)
    {
        const int Step = 4 * Lanes.Count;
        Vector512<float> a = Vector512.Create(float.NegativeInfinity), b = a, c = a, d = a;
        for (; n >= Step; n -= Step, x += Step)
        {
            a = Larger(Vector512.Load(x), a);
            b = Larger(Vector512.Load(x + Lanes.Count), b);
            c = Larger(Vector512.Load(x + 2 * Lanes.Count), c);
            d = Larger(Vector512.Load(x + 3 * Lanes.Count), d);
        }

        var sixteen = Lanes.Reduce(default(MaxOperator), Larger(Larger(a, b), Larger(c, d)), n, x);
        var eight = Larger(sixteen.GetLower(), sixteen.GetUpper());
        var four = Larger(eight.GetLower(), eight.GetUpper());
        var two = Larger(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Larger(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2)))[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Larger(Vector512<float> x, Vector512<float> max) => Vector512.ConditionalSelect(Vector512.GreaterThan(x, max), x, max);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Larger(Vector256<float> x, Vector256<float> max) => Vector256.ConditionalSelect(Vector256.GreaterThan(x, max), x, max);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Larger(Vector128<float> x, Vector128<float> max) => Vector128.ConditionalSelect(Vector128.GreaterThan(x, max), x, max);

    private static float ExpSum(float* x, int n, float max, float scale, bool keep) =>
        Lanes.Fold(Lanes.Reduce(new ExpSumOperator(max, scale, keep), default, n, x));
}
