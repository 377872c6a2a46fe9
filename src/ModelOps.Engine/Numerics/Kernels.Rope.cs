namespace ModelOps.Engine.Numerics;

internal static unsafe partial class Kernels
{
    /// <summary>
    /// Rotates rows of x [rows, heads, headDim] in place, half-split: element i of a head pairs with element i + headDim/2.
    /// cos and sin are [positions, headDim/2]; <paramref name="rowStride"/> is the distance between rows, so x may be a slice of a fused buffer.
    /// </summary>
    public static void RopeForward(float* x, long rowStride, int heads, int headDim, int* positions, float* cos, float* sin, int rows) =>
        Rotate(x, rowStride, heads, headDim, positions, cos, sin, rows, inverse: false);

    /// <summary>The inverse rotation, which is the gradient of <see cref="RopeForward"/>, in place.</summary>
    public static void RopeBackward(float* x, long rowStride, int heads, int headDim, int* positions, float* cos, float* sin, int rows) =>
        Rotate(x, rowStride, heads, headDim, positions, cos, sin, rows, inverse: true);

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

    private static void Rotate(float* x, long rowStride, int heads, int headDim, int* positions, float* cos, float* sin, int rows, bool inverse)
    {
        var half = headDim / 2;
        for (var t = 0; t < rows; t++)
        {
            var angles = (long)positions[t] * half;
            for (var h = 0; h < heads; h++)
            {
                var head = x + t * rowStride + (long)h * headDim;
                Lanes.ForEach(new RotateOperator(inverse), half, head, head + half, cos + angles, sin + angles);
            }
        }
    }
}
