using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

internal static partial class PortableMath
{
    private const float ExpLargest = 89f; // e^89 and everything above is infinite,
    private const float ExpSmallest = -104f; // e^-104 and everything below is zero.
    private const float Log2EFloat = 1.44269504f;
    private const float RoundingShiftFloat = 12582912f; // 1.5 * 2^23
    private const int RoundingShiftBits = 0x4B400000;
    private const float NegativeLn2High = -0.693147182f;
    private const float NegativeLn2Low = 1.90465421e-9f;
    private const float C7 = 1f / 5040, C6 = 1f / 720, C5 = 1f / 120, C4 = 1f / 24, C3 = 1f / 6, C2 = 0.5f;

    /// <summary>e to the x; the steps are those of the vector form, lane for lane.</summary>
    public static float Exp(float x)
    {
        x = x > ExpLargest ? ExpLargest : x;
        x = x < ExpSmallest ? ExpSmallest : x;
        var shifted = MathF.FusedMultiplyAdd(x, Log2EFloat, RoundingShiftFloat);
        var n = shifted - RoundingShiftFloat;
        var r = MathF.FusedMultiplyAdd(n, NegativeLn2High, x);
        r = MathF.FusedMultiplyAdd(n, NegativeLn2Low, r);
        var p = MathF.FusedMultiplyAdd(C7, r, C6);
        p = MathF.FusedMultiplyAdd(p, r, C5);
        p = MathF.FusedMultiplyAdd(p, r, C4);
        p = MathF.FusedMultiplyAdd(p, r, C3);
        p = MathF.FusedMultiplyAdd(p, r, C2);
        p = MathF.FusedMultiplyAdd(p, r, 1f);
        p = MathF.FusedMultiplyAdd(p, r, 1f);
        var exponent = BitConverter.SingleToInt32Bits(shifted) - RoundingShiftBits;
        var half = exponent >> 1; // Two steps, so that a subnormal result is rounded once and 2^128 is never formed.
        return p * Scale(half) * Scale(exponent - half);

        static float Scale(int n) => BitConverter.Int32BitsToSingle((n + 127) << 23);
    }

    /// <summary>e to the x in 16 lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var one = Vector512.Create(1f);
        x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(ExpLargest)), Vector512.Create(ExpLargest), x);
        x = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(ExpSmallest)), Vector512.Create(ExpSmallest), x);
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2EFloat), Vector512.Create(RoundingShiftFloat));
        var n = shifted - Vector512.Create(RoundingShiftFloat);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(NegativeLn2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(NegativeLn2Low), r);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(C7), r, Vector512.Create(C6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C5));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C2));
        p = Vector512.FusedMultiplyAdd(p, r, one);
        p = Vector512.FusedMultiplyAdd(p, r, one);
        var exponent = shifted.AsInt32() - Vector512.Create(RoundingShiftBits);
        var half = exponent >> 1;
        return p * Scale(half) * Scale(exponent - half);

        static Vector512<float> Scale(Vector512<int> n) => ((n + Vector512.Create(127)) << 23).AsSingle();
    }
}
