using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>The definitions themselves, against textbook formulas in double and central differences of them.</summary>
public sealed unsafe class KernelMeaningTests
{
    private const int N = 37;
    private const double Epsilon = 1e-5;

    [Fact]
    public void Norm_and_its_gradients()
    {
        using var d = new KernelData(N, 1, special: false);
        double[] x = Copy(d.A), w = Copy(d.B), dy = Copy(d.D);
        double Loss(double[] x, double[] w)
        {
            var rms = Math.Sqrt(x.Sum(v => v * v) / N + Epsilon);
            return Enumerable.Range(0, N).Sum(i => x[i] / rms * w[i] * dy[i]);
        }

        Kernels.RmsNormForward(d.A, d.B, d.E, d.C, 1, N, (float)Epsilon);
        var inverse = 1 / Math.Sqrt(x.Sum(v => v * v) / N + Epsilon);
        Close(x.Select((v, i) => v * inverse * w[i]), d.E);
        Kernels.RmsNormBackward(d.A, d.B, d.C, d.D, d.E, 1, N, accumulate: false);
        Close(Differences(x, at => Loss(at, w)), d.E);
        new Span<float>(d.E, N).Clear();
        Kernels.RmsNormWeightGradient(d.A, d.C, d.D, d.E, 1, N, 0, N);
        Close(Differences(w, at => Loss(x, at)), d.E);
    }

    [Fact]
    public void Gated_activation_and_its_gradients()
    {
        using var d = new KernelData(N, 2, special: false);
        double[] gate = Copy(d.A), up = Copy(d.B), dy = Copy(d.C);
        double Loss(double[] gate, double[] up) => Enumerable.Range(0, N).Sum(i => gate[i] / (1 + Math.Exp(-gate[i])) * up[i] * dy[i]);
        Kernels.SwiGluForward(d.A, d.B, d.D, N);
        Close(gate.Select((g, i) => g / (1 + Math.Exp(-g)) * up[i]), d.D);
        Kernels.SwiGluBackward(d.A, d.B, d.C, d.D, d.E, N);
        Close(Differences(gate, at => Loss(at, up)), d.D);
        Close(Differences(up, at => Loss(gate, at)), d.E);
    }

    [Fact]
    public void Softmax_and_its_gradient()
    {
        const double Scale = 0.25;
        using var d = new KernelData(N, 3, special: false);
        double[] x = Copy(d.A), dy = Copy(d.B);
        double[] Softmax(double[] x)
        {
            var e = x.Select(v => Math.Exp(v * Scale)).ToArray();
            return [.. e.Select(v => v / e.Sum())];
        }

        Kernels.SoftmaxRow(d.A, N, N, (float)Scale);
        Close(Softmax(x), d.A);
        Kernels.SoftmaxBackwardRow(d.A, d.B, N, N, (float)Scale);
        Close(Differences(x, at => Softmax(at).Select((p, i) => p * dy[i]).Sum()), d.B);
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-1e4f)]
    public void Softmax_stands_far_from_zero(float offset)
    {
        using var d = new KernelData(N, 4, special: false);
        for (var i = 0; i < N; i++) d.A[i] = offset;
        Kernels.SoftmaxRow(d.A, N - 5, N, 1);
        for (var i = 0; i < N; i++) Assert.Equal(i < N - 5 ? 1f / (N - 5) : 0f, d.A[i], 1e-7f);
    }

    [Fact]
    public void Cross_entropy_and_its_gradient()
    {
        using var d = new KernelData(N, 5, special: false);
        var x = Copy(d.A);
        double Loss(double[] x) => Math.Log(x.Sum(Math.Exp)) - x[7];
        Assert.Equal(Loss(x), Kernels.CrossEntropyRow(d.A, N, 7), 1e-6);
        Assert.Equal(Loss(x), Kernels.CrossEntropyGradientRow(d.A, N, 7, 0.5f), 1e-6);
        Close(Differences(x, at => 0.5 * Loss(at)), d.A);
    }

    [Fact]
    public void Rotation_by_position()
    {
        const int HeadDim = 8, Heads = 2, Stride = 20, Rows = 2;
        using var d = new KernelData(Stride, 6, special: false);
        var x = Copy(d.A, Rows * Stride);
        using FloatBuffer cos = new(100 * HeadDim / 2), sin = new(100 * HeadDim / 2);
        var frequencies = Kernels.RopeFrequencies(HeadDim, 10000);
        Kernels.RopeTables(cos.Pointer, sin.Pointer, 100, frequencies);
        var positions = stackalloc int[] { 3, 99 };
        Kernels.RopeForward(d.A, Stride, Heads, HeadDim, positions, cos.Pointer, sin.Pointer, Rows);
        for (var t = 0; t < Rows; t++)
        {
            for (var at = t * Stride; at < t * Stride + Heads * HeadDim; at += HeadDim)
            {
                for (var i = 0; i < HeadDim / 2; i++)
                {
                    var angle = positions[t] * Math.Pow(10000, -2.0 * i / HeadDim);
                    double a = x[at + i], b = x[at + i + HeadDim / 2];
                    Assert.Equal(a * Math.Cos(angle) - b * Math.Sin(angle), d.A[at + i], 1e-6);
                    Assert.Equal(b * Math.Cos(angle) + a * Math.Sin(angle), d.A[at + i + HeadDim / 2], 1e-6);
                }
            }
        }

        Kernels.RopeBackward(d.A, Stride, Heads, HeadDim, positions, cos.Pointer, sin.Pointer, Rows);
        Close(x, d.A);
    }

    [Fact]
    public void Adam_with_decoupled_decay()
    {
        double w = 0.5, m = 0, v = 0;
        using var d = new KernelData(1, 7, special: false);
        (*d.A, *d.B, *d.C) = (0.5f, 0, 0);
        for (var t = 1; t <= 20; t++)
        {
            var g = Math.Sin(t);
            *d.D = (float)g * 4;
            Kernels.AdamW(d.A, d.D, d.B, d.C, 1, new AdamWStep(t, 1e-2, 0.9, 0.99, 1e-8, 0.1, gradientScale: 0.25));
            w *= 1 - 1e-2 * 0.1;
            m = 0.9 * m + 0.1 * g;
            v = 0.99 * v + 0.01 * g * g;
            w -= 1e-2 * (m / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v / (1 - Math.Pow(0.99, t))) + 1e-8);
            Assert.Equal(w, *d.A, 1e-6);
        }
    }

    [Fact]
    public void Dropout_keeps_its_share_and_depends_on_every_part_of_its_key()
    {
        const int Columns = 100_000;
        using FloatBuffer ones = new(Columns), dropped = new(Columns);
        ones.Span.Fill(1);
        bool[] Kept(DropoutKey key)
        {
            Kernels.DropoutRow(ones.Pointer, dropped.Pointer, Columns, key, 0.2);
            foreach (var value in dropped.Span) Assert.True(value is 0f or 1.25f);
            return [.. dropped.Span.ToArray().Select(value => value != 0)];
        }

        var first = Kept(new DropoutKey(1, 2, 3, 4));
        Assert.Equal(first, Kept(new DropoutKey(1, 2, 3, 4)));
        // Five standard deviations of a binomial share; the joint share of two independent rows is the square.
        Assert.Equal(0.8, first.Count(kept => kept) / (double)Columns, 5 * Math.Sqrt(0.8 * 0.2 / Columns));
        foreach (var other in (DropoutKey[])[new(2, 2, 3, 4), new(1, 3, 3, 4), new(1, 2, 4, 4), new(1, 2, 3, 5), new(2, 1, 3, 4)])
        {
            var joint = Kept(other).Zip(first).Count(pair => pair.First && pair.Second);
            Assert.Equal(0.64, joint / (double)Columns, 5 * Math.Sqrt(0.64 * 0.36 / Columns));
        }
    }

    private static double[] Copy(float* values, int count = N) => [.. new Span<float>(values, count).ToArray().Select(v => (double)v)];

    private static double[] Differences(double[] x, Func<double[], double> loss)
    {
        const double Step = 1e-6;
        double At(int i, double by)
        {
            var moved = (double[])x.Clone();
            moved[i] += by;
            return loss(moved);
        }

        return [.. Enumerable.Range(0, x.Length).Select(i => (At(i, Step) - At(i, -Step)) / (2 * Step))];
    }

    private static void Close(IEnumerable<double> expected, float* actual)
    {
        var i = 0;
        foreach (var value in expected) Assert.Equal(value, actual[i++], 2e-6);
    }
}
