using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>One digest over the results of every operation on small shapes; the same on every instruction set and number of threads.</summary>
internal static unsafe class NumericsDigest
{
    public static string Hardware => $"{(Vector512.IsHardwareAccelerated ? "wide" : "narrow")} {(Fma.IsSupported ? "fused" : "unfused")}";

    public static string Compute(int threads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var operation in KernelCase.Basic)
        {
            foreach (var n in (int[])[1, 15, 16, 37, 64])
            {
                using var data = new KernelData(n, n, special: false);
                operation.Run(true, n, data);
                hash.AppendData(MemoryMarshal.AsBytes(data.Everything));
                hash.AppendData(BitConverter.GetBytes(data.Returned));
            }
        }

        using var team = new ThreadTeam(threads);
        foreach (var type in (StorageType[])[StorageType.F32, StorageType.BF16, StorageType.F16]) AppendProducts(hash, team, type, 17, 67, 530);
        AppendProducts(hash, team, StorageType.BF16, 70, 33, 64);
        for (var x = -50.0; x < 50; x += 0.37)
        {
            hash.AppendData(BitConverter.GetBytes(PortableMath.Exp(x)));
            hash.AppendData(BitConverter.GetBytes(PortableMath.Log(Math.Abs(x))));
            hash.AppendData(BitConverter.GetBytes(PortableMath.Sin(x)));
            hash.AppendData(BitConverter.GetBytes(PortableMath.Cos(x)));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The same for quantised weights: their codes, and what products make of them.</summary>
    public static string ComputeQuantized(int threads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var team = new ThreadTeam(threads);
        foreach (var type in (StorageType[])[StorageType.Int8, StorageType.Nf4])
        {
            AppendProducts(hash, team, type, 17, 67, 530);
            AppendProducts(hash, team, type, 5, 70, 256);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static void AppendProducts(IncrementalHash hash, ThreadTeam team, StorageType type, int m, int n, int k)
    {
        using FloatBuffer a = Values(m * k), b = Values(n * k), c = Values(m * n), wide = Values(m * k);
        using var w = WeightMatrixTests.Of(type, n, k, b.Pointer);
        Gemm.MultiplyTransposedB(team, a.Pointer, k, w, c.Pointer, n, m, accumulate: true);
        Gemm.Multiply(team, c.Pointer, n, w, wide.Pointer, k, m, accumulate: false);
        hash.AppendData(MemoryMarshal.AsBytes(c.Span));
        hash.AppendData(MemoryMarshal.AsBytes(wide.Span));
        Gemm.MultiplyTransposedA(team, a.Pointer, m, b.Pointer, n, c.Pointer, n, m, n, k, accumulate: true);
        hash.AppendData(MemoryMarshal.AsBytes(c.Span));
        using var small = new SmallProducts(team);
        small.Add(w, c.Pointer, n);
        small.Run(a.Pointer, k, m);
        hash.AppendData(MemoryMarshal.AsBytes(c.Span));
    }

    private static FloatBuffer Values(int count)
    {
        var random = new Random(count);
        var buffer = new FloatBuffer(count);
        foreach (ref var value in buffer.Span) value = random.NextSingle() * 2 - 1;
        return buffer;
    }
}
