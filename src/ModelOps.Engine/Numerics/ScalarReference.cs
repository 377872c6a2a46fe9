namespace ModelOps.Engine.Numerics;

/// <summary>
/// Plain loops that define every operation of <see cref="Kernels"/>, bit for bit (the payload of a NaN excepted).
/// Sums run in 16 lanes: element i goes to lane i mod 16, lanes are folded in halves. Rows are contiguous unless a stride is given.
/// </summary>
internal static unsafe partial class ScalarReference
{
    private const int Lanes = 16;

    public static void Add(float* y, float* x, long n)
    {
        for (long i = 0; i < n; i++) y[i] += x[i];
    }

    public static void Scale(float* y, float factor, long n)
    {
        for (long i = 0; i < n; i++) y[i] *= factor;
    }

    public static void AddScaled(float* y, float* x, float factor, long n)
    {
        for (long i = 0; i < n; i++) y[i] = MathF.FusedMultiplyAdd(x[i], factor, y[i]);
    }

    public static float Dot(float* a, float* b, long n)
    {
        var lanes = stackalloc float[Lanes];
        for (long i = 0; i < n; i++) lanes[i % Lanes] = MathF.FusedMultiplyAdd(a[i], b[i], lanes[i % Lanes]);
        return Fold(lanes);
    }

    public static double SumOfSquares(float* x, long n)
    {
        var lanes = stackalloc double[Lanes];
        for (long i = 0; i < n; i++) lanes[i % Lanes] = Math.FusedMultiplyAdd(x[i], x[i], lanes[i % Lanes]);
        for (var width = Lanes / 2; width > 0; width /= 2)
        {
            for (var i = 0; i < width; i++) lanes[i] += lanes[i + width];
        }

        return lanes[0];
    }

    public static void RmsNormForward(float* x, float* weight, float* y, float* inverseRms, int rows, int dim, float epsilon)
    {
        for (var t = 0; t < rows; t++, x += dim, y += dim)
        {
            var inverse = 1f / MathF.Sqrt(Dot(x, x, dim) / dim + epsilon);
            for (var i = 0; i < dim; i++) y[i] = x[i] * inverse * weight[i];
            if (inverseRms != null) inverseRms[t] = inverse;
        }
    }

    public static void RmsNormBackward(float* x, float* weight, float* inverseRms, float* dy, float* dx, int rows, int dim, bool accumulate)
    {
        var lanes = stackalloc float[Lanes];
        for (var t = 0; t < rows; t++, x += dim, dy += dim, dx += dim)
        {
            // dx = r (w dy - x r² (w dy · x) / dim)
            new Span<float>(lanes, Lanes).Clear();
            for (var i = 0; i < dim; i++) lanes[i % Lanes] = MathF.FusedMultiplyAdd(weight[i] * dy[i], x[i], lanes[i % Lanes]);
            var inverse = inverseRms[t];
            var c = -(inverse * inverse * Fold(lanes) / dim);
            for (var i = 0; i < dim; i++)
            {
                var g = inverse * MathF.FusedMultiplyAdd(x[i], c, weight[i] * dy[i]);
                dx[i] = accumulate ? dx[i] + g : g;
            }
        }
    }

    public static void RmsNormWeightGradient(float* x, float* inverseRms, float* dy, float* dWeight, int rows, int dim, int start, int count)
    {
        for (var i = start; i < start + count; i++)
        {
            for (long t = 0; t < rows; t++) dWeight[i] = MathF.FusedMultiplyAdd(x[t * dim + i] * inverseRms[t], dy[t * dim + i], dWeight[i]);
        }
    }

    public static void SwiGluForward(float* gate, float* up, float* y, long n)
    {
        for (long i = 0; i < n; i++) y[i] = gate[i] * Sigmoid(gate[i]) * up[i];
    }

    public static void SwiGluBackward(float* gate, float* up, float* dy, float* dGate, float* dUp, long n)
    {
        for (long i = 0; i < n; i++)
        {
            var s = Sigmoid(gate[i]);
            var slope = s * MathF.FusedMultiplyAdd(gate[i], 1f - s, 1f);
            var (g, u) = (dy[i] * up[i] * slope, dy[i] * (gate[i] * s));
            dGate[i] = g;
            dUp[i] = u;
        }
    }

    public static void RopeRotate(float* x, long rowStride, int heads, int headDim, int* positions, float* cos, float* sin, int rows, bool inverse)
    {
        var half = headDim / 2;
        for (var t = 0; t < rows; t++)
        {
            float* c = cos + (long)positions[t] * half, s = sin + (long)positions[t] * half;
            for (var h = 0; h < heads; h++)
            {
                var a = x + t * rowStride + (long)h * headDim;
                var b = a + half;
                for (var i = 0; i < half; i++)
                {
                    var sine = inverse ? -s[i] : s[i];
                    var (first, second) = (MathF.FusedMultiplyAdd(a[i], c[i], -(b[i] * sine)), MathF.FusedMultiplyAdd(b[i], c[i], a[i] * sine));
                    a[i] = first;
                    b[i] = second;
                }
            }
        }
    }

    public static void AddBias(float* y, float* bias, int rows, int cols)
    {
        for (var t = 0; t < rows; t++) Add(y + (long)t * cols, bias, cols);
    }

    public static void SumRows(float* y, float* sums, int rows, int cols, int start, int count)
    {
        for (var i = start; i < start + count; i++)
        {
            for (long t = 0; t < rows; t++) sums[i] += y[t * cols + i];
        }
    }

    public static void AdamW(float* w, float* gradient, float* m, float* v, long n, in AdamWStep step)
    {
        for (long i = 0; i < n; i++)
        {
            var g = gradient[i] * step.GradientScale;
            m[i] = MathF.FusedMultiplyAdd(g - m[i], step.OneMinusBeta1, m[i]);
            v[i] = MathF.FusedMultiplyAdd(g * g, step.OneMinusBeta2, v[i] * step.Beta2);
            var divisor = MathF.FusedMultiplyAdd(MathF.Sqrt(v[i]), step.InverseRootCorrection2, step.Epsilon);
            w[i] = MathF.FusedMultiplyAdd(m[i] / divisor, step.NegativeStepSize, w[i] * step.Decay);
        }
    }

    public static float Sigmoid(float x) => 1f / (1f + PortableMath.Exp(-x));

    private static float Fold(float* lanes)
    {
        for (var width = Lanes / 2; width > 0; width /= 2)
        {
            for (var i = 0; i < width; i++) lanes[i] += lanes[i + width];
        }

        return lanes[0];
    }
}
