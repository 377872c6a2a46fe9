namespace ModelOps.Engine.Numerics;

internal static unsafe partial class Kernels
{
    /// <summary>y = x / rms(x) · weight for rows of x [rows, dim]; saves 1/rms per row unless <paramref name="inverseRms"/> is null. y may be x.</summary>
    public static void RmsNormForward(float* x, float* weight, float* y, float* inverseRms, int rows, int dim, float epsilon)
    {
        for (var t = 0; t < rows; t++, x += dim, y += dim)
        {
            var inverse = 1f / MathF.Sqrt(Dot(x, x, dim) / dim + epsilon);
            Lanes.ForEach(new NormaliseOperator(inverse), dim, y, x, weight);
            if (inverseRms != null) inverseRms[t] = inverse;
        }
    }

    /// <summary>Gradient of <see cref="RmsNormForward"/> to its input, added to dx or written. dx may be dy when it is written.</summary>
    public static void RmsNormBackward(float* x, float* weight, float* inverseRms, float* dy, float* dx, int rows, int dim, bool accumulate)
    {
        for (var t = 0; t < rows; t++, x += dim, dy += dim, dx += dim)
        {
            var inverse = inverseRms[t];
            var dot = Lanes.Fold(Lanes.Reduce(default(WeightedDotOperator), default, dim, weight, dy, x));
            Lanes.ForEach(new NormBackwardOperator(inverse, -(inverse * inverse * dot / dim), accumulate), dim, dx, x, weight, dy);
        }
    }

    /// <summary>dWeight[i] += sum over rows of x / rms · dy, for columns [start, start + count): parts are column ranges, all rows in order.</summary>
    public static void RmsNormWeightGradient(float* x, float* inverseRms, float* dy, float* dWeight, int rows, int dim, int start, int count)
    {
        for (var t = 0; t < rows; t++, x += dim, dy += dim)
        {
            Lanes.ForEach(new NormWeightOperator(inverseRms[t]), count, dWeight + start, x + start, dy + start);
        }
    }
}
