using System.Runtime.Intrinsics;
using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>Products and storage formats, with n as each of their dimensions in turn.</summary>
internal sealed partial record KernelCase
{
    private static readonly ThreadTeam s_team = new(2);

    private static IEnumerable<KernelCase> Products() =>
    [
        .. Gemms(), .. Tiles(), new("vector exponential", Exponential), new("nf4 codes", QuantizeBlock),
        .. Enum.GetValues<StorageType>().SelectMany(Stored), new("decoding through kept panels", DecodeThroughPanels),
    ];

    private static unsafe IEnumerable<KernelCase> Gemms() =>
    [
        new("forward over n", (fast, n, d) =>
        {
            if (fast) Gemm.MultiplyTransposedB(s_team, d.A, n, d.B, n, d.C, 3, 3, 3, n, accumulate: true);
            else ScalarReference.Multiply(d.A, n, 1, d.B, 1, n, d.C, 3, 3, 3, n, accumulate: true);
        }),
        new("forward to n", (fast, n, d) =>
        {
            if (fast) Gemm.MultiplyTransposedB(s_team, d.A, 3, d.B, 3, d.C, n, 3, n, 3, accumulate: false);
            else ScalarReference.Multiply(d.A, 3, 1, d.B, 1, 3, d.C, n, 3, n, 3, accumulate: false);
        }),
        new("input gradient over n", (fast, n, d) =>
        {
            if (fast) Gemm.Multiply(s_team, d.A, n, d.B, 3, d.C, 3, 3, 3, n, accumulate: false);
            else ScalarReference.Multiply(d.A, n, 1, d.B, 3, 1, d.C, 3, 3, 3, n, accumulate: false);
        }),
        new("input gradient of n", (fast, n, d) =>
        {
            if (fast) Gemm.Multiply(s_team, d.A, 3, d.B, n, d.C, n, 3, n, 3, accumulate: true);
            else ScalarReference.Multiply(d.A, 3, 1, d.B, n, 1, d.C, n, 3, n, 3, accumulate: true);
        }),
        new("weight gradient of n", (fast, n, d) =>
        {
            if (fast) Gemm.MultiplyTransposedA(s_team, d.A, n, d.B, 3, d.C, 3, n, 3, 3, accumulate: true);
            else ScalarReference.Multiply(d.A, 1, n, d.B, 3, 1, d.C, 3, n, 3, 3, accumulate: true);
        }),
        new("weight gradient over n", (fast, n, d) =>
        {
            if (fast) Gemm.MultiplyTransposedA(s_team, d.A, 3, d.B, 3, d.C, 3, 3, 3, n, accumulate: false);
            else ScalarReference.Multiply(d.A, 1, 3, d.B, 3, 1, d.C, 3, 3, 3, n, accumulate: false);
        }),
    ];

    private static unsafe IEnumerable<KernelCase> Tiles() =>
    [
        new("tile of n columns", (fast, n, d) =>
        {
            if (fast) TileProduct.Multiply(d.A, 3, 1, d.B, n, d.C, n, 3, n, 3, false);
            else ScalarReference.MultiplyTile(d.A, 3, 1, d.B, n, d.C, n, 3, n, 3, false);
        }),
        new("tile over n", (fast, n, d) =>
        {
            if (fast) TileProduct.Multiply(d.A, 1, 3, d.B, 3, d.C, 3, 3, 3, n, true);
            else ScalarReference.MultiplyTile(d.A, 1, 3, d.B, 3, d.C, 3, 3, 3, n, true);
        }),
        new("tile of n rows", (fast, n, d) =>
        {
            if (fast) TileProduct.Multiply(d.A, 3, 1, d.B, 1, d.C, 3, n, 3, 3, true);
            else ScalarReference.MultiplyTile(d.A, 3, 1, d.B, 1, d.C, 3, n, 3, 3, true);
        }),
    ];

    /// <summary>What reads weights in a storage format; random bits are its elements, B, and its scales, D.</summary>
    private static unsafe IEnumerable<KernelCase> Stored(StorageType type) =>
    [
        new($"expand {type}", (fast, n, d) =>
        {
            var elements = Elements(type, n, d);
            if (!fast) ScalarReference.Expand(elements, n / 3, d.C, n);
            else if (type == StorageType.Int8) Int8.Expand((sbyte*)d.B, d.D, n, n / 3, d.C, n);
            else if (type == StorageType.Nf4) Nf4.Expand((byte*)d.B, (byte*)d.D, n / 3, d.C, n);
            else if (n % 2 == 0) elements.Expand(n / 3, d.C, n);
            else Storage.Expand(type, (byte*)d.B + n / 3 * Storage.SizeOf(type), d.C, n);
        }),
        new($"forward through {type}", (fast, n, d) =>
        {
            using var w = new WeightMatrix(3, n, Elements(type, n, d), null);
            using var plain = Plain(w);
            if (fast) Gemm.MultiplyTransposedB(s_team, d.A, n, w, d.E, 3, 3, accumulate: false);
            else ScalarReference.Multiply(d.A, n, 1, plain.Pointer, 1, n, d.E, 3, 3, 3, n, accumulate: false);
        }),
        new($"input gradient through {type}", (fast, n, d) =>
        {
            using var w = new WeightMatrix(3, n, Elements(type, n, d), null);
            using var plain = Plain(w);
            if (fast) Gemm.Multiply(s_team, d.A, 3, w, d.E, n, 3, accumulate: true);
            else ScalarReference.Multiply(d.A, 3, 1, plain.Pointer, n, 1, d.E, n, 3, n, 3, accumulate: true);
        }),
        new($"decoding through {type}", (fast, n, d) =>
        {
            // Four weight rows, so that one row of x takes its own way; for three rows of x, the tile's.
            using var w = new WeightMatrix(4, n, Elements(type, n, d), null);
            using var plain = Plain(w);
            foreach (int m in (int[])[1, 3])
            {
                float* y = d.E + (m == 1 ? 12 : 0); // beside the other's
                if (!fast)
                {
                    ScalarReference.MultiplyDots(plain.Pointer, 4, n, d.A, y, m);
                    continue;
                }

                using var small = new SmallProducts(s_team);
                small.Add(w, y, 4);
                small.Run(d.A, n, m);
            }
        }),
    ];

    private static unsafe void DecodeThroughPanels(bool fast, int n, KernelData d)
    {
        using var w = new WeightMatrix(4, n, Elements(StorageType.BF16, n, d), null) { CachePanels = true };
        if (fast)
        {
            using var small = new SmallProducts(s_team);
            small.Add(w, d.E, 4);
            small.Run(d.A, n, 3);
            return;
        }

        using var plain = Plain(w);
        ScalarReference.MultiplyDots(plain.Pointer, 4, n, d.A, d.E, 3);
    }

    private static unsafe StoredElements Elements(StorageType type, int n, KernelData d) => new(type, (nint)d.B, (nint)d.D, n);

    private static unsafe FloatBuffer Plain(WeightMatrix w)
    {
        var plain = new FloatBuffer((long)w.Rows * w.Cols);
        ScalarReference.Expand(w.Elements, 0, plain.Pointer, plain.Length);
        return plain;
    }

    private static unsafe void Exponential(bool fast, int n, KernelData d)
    {
        for (int i = 0; i < n; i++) d.C[i] = fast ? PortableMath.Exp(Vector512.Create(50 * d.A[i]))[i % 16] : PortableMath.Exp(50 * d.A[i]);
    }

    private static unsafe void QuantizeBlock(bool fast, int n, KernelData d)
    {
        int count = Math.Min(n, Nf4.Block);
        var codes = (byte*)d.C;
        d.Returned = fast ? Nf4.QuantizeBlock(d.A, count, codes) : ScalarReference.QuantizeBlock(d.A, count, codes);
    }
}
