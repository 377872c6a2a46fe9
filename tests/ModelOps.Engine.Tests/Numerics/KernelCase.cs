using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>One operation, callable as the fast kernel or as its definition, on the arrays of a <see cref="KernelData"/>.</summary>
internal sealed partial record KernelCase(string Name, Action<bool, int, KernelData> Run)
{
    private const float Epsilon = 1e-5f;

    public static IReadOnlyList<KernelCase> All => [.. Basic, .. Products(), ArgMax];

    /// <summary>Those whose results are in the recorded digest.</summary>
    public static IReadOnlyList<KernelCase> Basic { get; } = [.. Elementwise(), .. Rows()];

    private static unsafe KernelCase ArgMax => new("argmax", (fast, n, d) =>
    {
        for (int i = 0; i < n; i++) d.A[i] = MathF.Floor(d.A[i]); // Four values: many are equal.
        d.Returned = fast ? Kernels.ArgMax(d.A, n) : ScalarReference.ArgMax(d.A, n);
    });

    private static unsafe IEnumerable<KernelCase> Elementwise() =>
    [
        new("add", (fast, n, d) => { if (fast) Kernels.Add(d.A, d.B, n); else ScalarReference.Add(d.A, d.B, n); }),
        new("scale", (fast, n, d) => { if (fast) Kernels.Scale(d.A, 0.3f, n); else ScalarReference.Scale(d.A, 0.3f, n); }),
        new("add scaled", (fast, n, d) => { if (fast) Kernels.AddScaled(d.A, d.B, 0.3f, n); else ScalarReference.AddScaled(d.A, d.B, 0.3f, n); }),
        new("dot", (fast, n, d) => d.Returned = fast ? Kernels.Dot(d.A, d.B, n) : ScalarReference.Dot(d.A, d.B, n)),
        new("sum of squares", (fast, n, d) => d.Returned = fast ? Kernels.SumOfSquares(d.A, n) : ScalarReference.SumOfSquares(d.A, n)),
        new("swiglu", (fast, n, d) =>
        {
            if (fast) Kernels.SwiGluForward(d.A, d.B, d.C, n);
            else ScalarReference.SwiGluForward(d.A, d.B, d.C, n);
        }),
        new("swiglu backward", (fast, n, d) =>
        {
            if (fast) Kernels.SwiGluBackward(d.A, d.B, d.C, d.D, d.E, n);
            else ScalarReference.SwiGluBackward(d.A, d.B, d.C, d.D, d.E, n);
        }),
        new("swiglu backward in place", (fast, n, d) =>
        {
            if (fast) Kernels.SwiGluBackward(d.A, d.B, d.C, d.A, d.B, n);
            else ScalarReference.SwiGluBackward(d.A, d.B, d.C, d.A, d.B, n);
        }),
        new("adamw", (fast, n, d) =>
        {
            var step = new AdamWStep(3, 1e-2, 0.9, 0.999, 1e-8, 0.1, 0.5);
            if (fast) Kernels.AdamW(d.A, d.B, d.C, d.D, n, step);
            else ScalarReference.AdamW(d.A, d.B, d.C, d.D, n, step);
        }),
        new("dropout", (fast, n, d) =>
        {
            var key = new DropoutKey(1, 2, 3, 4);
            if (fast) Kernels.DropoutRow(d.A, d.B, n, key, 0.3);
            else ScalarReference.DropoutRow(d.A, d.B, n, key, 0.3);
        }),
        new("add bias", (fast, n, d) => { if (fast) Kernels.AddBias(d.A, d.B, 3, n); else ScalarReference.AddBias(d.A, d.B, 3, n); }),
        new("sum rows", (fast, n, d) =>
        {
            if (fast) Kernels.SumRows(d.A, d.B, 3, n, n / 3, n - n / 3);
            else ScalarReference.SumRows(d.A, d.B, 3, n, n / 3, n - n / 3);
        }),
    ];

    private static unsafe IEnumerable<KernelCase> Rows() =>
    [
        new("norm", (fast, n, d) =>
        {
            if (fast) Kernels.RmsNormForward(d.A, d.B, d.C, d.D, 3, n, Epsilon);
            else ScalarReference.RmsNormForward(d.A, d.B, d.C, d.D, 3, n, Epsilon);
        }),
        new("norm backward", (fast, n, d) =>
        {
            if (fast) Kernels.RmsNormBackward(d.A, d.B, d.C, d.D, d.E, 3, n, accumulate: false);
            else ScalarReference.RmsNormBackward(d.A, d.B, d.C, d.D, d.E, 3, n, accumulate: false);
        }),
        new("norm backward, added", (fast, n, d) =>
        {
            if (fast) Kernels.RmsNormBackward(d.A, d.B, d.C, d.D, d.E, 3, n, accumulate: true);
            else ScalarReference.RmsNormBackward(d.A, d.B, d.C, d.D, d.E, 3, n, accumulate: true);
        }),
        new("norm weight gradient", (fast, n, d) =>
        {
            if (fast) Kernels.RmsNormWeightGradient(d.A, d.B, d.C, d.D, 3, n, n / 3, n - n / 3);
            else ScalarReference.RmsNormWeightGradient(d.A, d.B, d.C, d.D, 3, n, n / 3, n - n / 3);
        }),
        new("rope", (fast, n, d) => Rotate(fast, n, d, inverse: false)),
        new("rope backward", (fast, n, d) => Rotate(fast, n, d, inverse: true)),
        new("softmax", (fast, n, d) =>
        {
            if (fast) Kernels.SoftmaxRow(d.A, n - n / 3, n, 0.7f);
            else ScalarReference.SoftmaxRow(d.A, n - n / 3, n, 0.7f);
        }),
        new("softmax backward", (fast, n, d) =>
        {
            if (fast) Kernels.SoftmaxBackwardRow(d.A, d.B, n - n / 3, n, 0.7f);
            else ScalarReference.SoftmaxBackwardRow(d.A, d.B, n - n / 3, n, 0.7f);
        }),
        new("cross entropy", (fast, n, d) =>
            d.Returned = fast ? Kernels.CrossEntropyRow(d.A, n, n / 2) : ScalarReference.CrossEntropyRow(d.A, n, n / 2)),
        new("cross entropy gradient", (fast, n, d) =>
            d.Returned = fast ? Kernels.CrossEntropyGradientRow(d.A, n, n / 2, 0.1f) : ScalarReference.CrossEntropyGradientRow(d.A, n, n / 2, 0.1f)),
        new("cross entropy, no label", (fast, n, d) =>
            d.Returned = fast ? Kernels.CrossEntropyGradientRow(d.A, n, -100, 0.1f) : ScalarReference.CrossEntropyGradientRow(d.A, n, -100, 0.1f)),
        new("scatter", (fast, n, d) =>
        {
            var ids = stackalloc int[] { 2, 0, 2 };
            if (fast) Kernels.EmbeddingScatterAdd(d.A, n, ids, d.B, 3, n / 3, n - n / 3);
            else ScalarReference.EmbeddingScatterAdd(d.A, n, ids, d.B, 3, n / 3, n - n / 3);
        }),
        new("gather", (fast, n, d) =>
        {
            var ids = stackalloc int[] { 2, 0, 2 };
            using var table = new WeightMatrix(3, n, StorageType.BF16, d.B, null);
            if (fast) Kernels.EmbeddingGather(table, ids, d.A, 3);
            else ScalarReference.EmbeddingGather(table, ids, d.A, 3);
        }),
    ];

    private static unsafe void Rotate(bool fast, int half, KernelData d, bool inverse)
    {
        var positions = stackalloc int[] { 1 };
        if (!fast) ScalarReference.RopeRotate(d.A, 2 * half, 1, 2 * half, positions, d.B, d.C, 1, inverse);
        else if (inverse) Kernels.RopeBackward(d.A, 2 * half, 1, 2 * half, positions, d.B, d.C, 1);
        else Kernels.RopeForward(d.A, 2 * half, 1, 2 * half, positions, d.B, d.C, 1);
    }
}
