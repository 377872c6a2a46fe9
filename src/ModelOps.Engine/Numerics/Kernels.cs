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
    public static void Add(float* y, float* x, long n) => ScalarReference.Add(y, x, n);

    /// <summary>y *= factor</summary>
    public static void Scale(float* y, float factor, long n) => ScalarReference.Scale(y, factor, n);

    /// <summary>y += factor · x, fused.</summary>
    public static void AddScaled(float* y, float* x, float factor, long n) => ScalarReference.AddScaled(y, x, factor, n);

    public static float Dot(float* a, float* b, long n) => ScalarReference.Dot(a, b, n);

    /// <summary>Sum of squares in double, for norms over whole parameter sets.</summary>
    public static double SumOfSquares(float* x, long n) => ScalarReference.SumOfSquares(x, n);

    /// <summary>y = x / rms(x) · weight for rows of x [rows, dim]; saves 1/rms per row unless <paramref name="inverseRms"/> is null. y may be x.</summary>
    public static void RmsNormForward(float* x, float* weight, float* y, float* inverseRms, int rows, int dim, float epsilon) =>
        ScalarReference.RmsNormForward(x, weight, y, inverseRms, rows, dim, epsilon);

    /// <summary>Gradient of <see cref="RmsNormForward"/> to its input, added to dx or written. dx may be dy when it is written.</summary>
    public static void RmsNormBackward(float* x, float* weight, float* inverseRms, float* dy, float* dx, int rows, int dim, bool accumulate) =>
        ScalarReference.RmsNormBackward(x, weight, inverseRms, dy, dx, rows, dim, accumulate);

    /// <summary>dWeight[i] += sum over rows of x / rms · dy, for columns [start, start + count): parts are column ranges, all rows in order.</summary>
    public static void RmsNormWeightGradient(float* x, float* inverseRms, float* dy, float* dWeight, int rows, int dim, int start, int count) =>
        ScalarReference.RmsNormWeightGradient(x, inverseRms, dy, dWeight, rows, dim, start, count);

    /// <summary>y = gate · sigmoid(gate) · up. y may be gate or up.</summary>
    public static void SwiGluForward(float* gate, float* up, float* y, long n) => ScalarReference.SwiGluForward(gate, up, y, n);

    /// <summary>Gradients of <see cref="SwiGluForward"/>, written. dGate may be gate, dUp may be up, either may be dy.</summary>
    public static void SwiGluBackward(float* gate, float* up, float* dy, float* dGate, float* dUp, long n) =>
        ScalarReference.SwiGluBackward(gate, up, dy, dGate, dUp, n);

    /// <summary>
    /// Rotates rows of x [rows, heads, headDim] in place, half-split: element i of a head pairs with element i + headDim/2.
    /// cos and sin are [positions, headDim/2]; <paramref name="rowStride"/> is the distance between rows, so x may be a slice of a fused buffer.
    /// </summary>
    public static void RopeForward(float* x, long rowStride, int heads, int headDim, int* positions, float* cos, float* sin, int rows) =>
        ScalarReference.RopeRotate(x, rowStride, heads, headDim, positions, cos, sin, rows, inverse: false);

    /// <summary>The inverse rotation, which is the gradient of <see cref="RopeForward"/>, in place.</summary>
    public static void RopeBackward(float* x, long rowStride, int heads, int headDim, int* positions, float* cos, float* sin, int rows) =>
        ScalarReference.RopeRotate(x, rowStride, heads, headDim, positions, cos, sin, rows, inverse: true);

    /// <summary>
    /// Fills cos and sin [positions, half] from the angular frequency of each pair (scaling already in it); both are multiplied by
    /// <paramref name="amplitude"/> (YaRN's attention factor, else 1).
    /// </summary>
    public static void RopeTables(float* cos, float* sin, int positions, ReadOnlySpan<double> frequencies, double amplitude = 1)
    {
        for (var p = 0; p < positions; p++)
        {
            for (var i = 0; i < frequencies.Length; i++)
            {
                var at = (long)p * frequencies.Length + i;
                cos[at] = (float)(PortableMath.Cos(p * frequencies[i]) * amplitude);
                sin[at] = (float)(PortableMath.Sin(p * frequencies[i]) * amplitude);
            }
        }
    }

    /// <summary>The unscaled frequencies theta^(-2i/headDim), i in [0, headDim/2) (Su et al., 2021).</summary>
    public static double[] RopeFrequencies(int headDim, double theta)
    {
        var frequencies = new double[headDim / 2];
        for (var i = 0; i < frequencies.Length; i++) frequencies[i] = PortableMath.Pow(theta, -2.0 * i / headDim);
        return frequencies;
    }

    /// <summary>y[t] += bias for rows of y [rows, cols].</summary>
    public static void AddBias(float* y, float* bias, int rows, int cols) => ScalarReference.AddBias(y, bias, rows, cols);

    /// <summary>sums[i] += sum over rows of y [rows, cols], for columns [start, start + count): the gradient of a bias.</summary>
    public static void SumRows(float* y, float* sums, int rows, int cols, int start, int count) =>
        ScalarReference.SumRows(y, sums, rows, cols, start, count);

    /// <summary>One AdamW update of w with moments m and v; <paramref name="step"/> carries the step's constants.</summary>
    public static void AdamW(float* w, float* gradient, float* m, float* v, long n, in AdamWStep step) =>
        ScalarReference.AdamW(w, gradient, m, v, n, step);
}
