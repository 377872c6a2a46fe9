using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// Elementwise and row operations of a Llama layer, forward and backward. One call works on the calling thread; callers split rows
/// (or the columns of a gradient that sums over rows) into parts of a <see cref="ThreadTeam"/>. <see cref="ScalarReference"/> defines
/// every result bit for bit.
/// </summary>
internal static unsafe partial class Kernels
{
    /// <summary>The label of a position that carries no loss.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>y += x</summary>
    public static void Add(float* y, float* x, long n) => Lanes.ForEach(default(AddOperator), n, y, x);

    /// <summary>y *= factor</summary>
    public static void Scale(float* y, float factor, long n) => Lanes.ForEach(new ScaleOperator(factor), n, y);

    /// <summary>y += factor · x, fused.</summary>
    public static void AddScaled(float* y, float* x, float factor, long n) => Lanes.ForEach(new AddScaledOperator(factor), n, y, x);

    public static float Dot(float* a, float* b, long n) => Lanes.Fold(Lanes.Reduce(default(DotOperator), default, n, a, b));

    /// <summary>Sum of squares in double, for norms over whole parameter sets.</summary>
    public static double SumOfSquares(float* x, long n)
    {
        Vector512<double> low = default, high = default;
        var padded = stackalloc float[Lanes.Count];
        for (long i = 0; i < n; i += Lanes.Count)
        {
            var left = n - i;
            var at = x + i;
            if (left < Lanes.Count)
            {
                for (var j = 0; j < left; j++) padded[j] = at[j];
                at = padded; // Zeros leave a sum of squares as it is: it is never -0.
            }

            var (l, h) = Vector512.Widen(Vector512.Load(at));
            low = Vector512.FusedMultiplyAdd(l, l, low);
            high = Vector512.FusedMultiplyAdd(h, h, high);
        }

        var eight = low + high;
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    /// <summary>y = gate · sigmoid(gate) · up. y may be gate or up.</summary>
    public static void SwiGluForward(float* gate, float* up, float* y, long n) => Lanes.ForEach(default(SwiGluOperator), n, y, gate, up);

    /// <summary>Gradients of <see cref="SwiGluForward"/>, written. dGate may be gate, dUp may be up, either may be dy.</summary>
    public static void SwiGluBackward(float* gate, float* up, float* dy, float* dGate, float* dUp, long n) =>
        Lanes.ForEach(default(SwiGluBackwardOperator), n, dGate, dUp, gate, up, dy);

    /// <summary>y[t] += bias for rows of y [rows, cols].</summary>
    public static void AddBias(float* y, float* bias, int rows, int cols)
    {
        for (var t = 0; t < rows; t++) Add(y + (long)t * cols, bias, cols);
    }

    /// <summary>sums[i] += sum over rows of y [rows, cols], for columns [start, start + count): the gradient of a bias.</summary>
    public static void SumRows(float* y, float* sums, int rows, int cols, int start, int count)
    {
        for (var t = 0; t < rows; t++) Add(sums + start, y + (long)t * cols + start, count);
    }

    /// <summary>One AdamW update of w with moments m and v; <paramref name="step"/> carries the step's constants.</summary>
    public static void AdamW(float* w, float* gradient, float* m, float* v, long n, in AdamWStep step) =>
        Lanes.ForEach(new AdamWOperator(step), n, w, m, v, gradient);
}
