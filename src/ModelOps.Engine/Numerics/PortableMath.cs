namespace ModelOps.Engine.Numerics;

/// <summary>
/// Elementary functions with the same bits on every platform: polynomials over fused multiply-add, nothing from the system's
/// mathematics library. The f32 exponential is within 1 ulp; the double functions are within 2 ulp; the other f32 functions are
/// the double ones rounded once.
/// </summary>
internal static partial class PortableMath
{
    private const double Ln2High = 0.6931471803691238; // 32 bits of ln 2: exponent times this is exact.
    private const double Ln2Low = 1.9082149292705877e-10;
    private const double Log2E = 1.4426950408889634;
    private const double RoundingShift = 6755399441055744.0; // 1.5 * 2^52: adding it rounds to an integer, ties to even.

    // pi/2 as the sum of two doubles.
    private const double HalfPiHigh = 1.5707963267948966;
    private const double HalfPiLow = 6.123233995736766e-17;
    private const double TwoOverPi = 0.6366197723675814;

    /// <summary>Largest argument of <see cref="Sin(double)"/> and <see cref="Cos(double)"/>: beyond it the reduction loses digits.</summary>
    public const double LargestAngle = 1 << 30;

    /// <summary>1/n! for n = 0..17.</summary>
    private static readonly double[] s_inverseFactorial = InverseFactorials(18);

    public static double Exp(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x > 709.79) return double.PositiveInfinity;
        if (x < -745.2) return 0;
        var shifted = Math.FusedMultiplyAdd(x, Log2E, RoundingShift);
        var n = shifted - RoundingShift;
        var r = Math.FusedMultiplyAdd(n, -Ln2High, x);
        r = Math.FusedMultiplyAdd(n, -Ln2Low, r);
        var p = s_inverseFactorial[13]; // Taylor: |r| <= ln2/2, so the first term left out is below 2^-57.
        for (var i = 12; i >= 0; i--) p = Math.FusedMultiplyAdd(p, r, s_inverseFactorial[i]);
        var half = (int)n / 2; // Two steps, so that a subnormal result is rounded once and 2^1024 is never formed.
        return p * PowerOfTwo(half) * PowerOfTwo((int)n - half);
    }

    public static double Log(double x)
    {
        if (double.IsNaN(x) || x < 0) return double.NaN;
        if (x == 0) return double.NegativeInfinity;
        if (double.IsPositiveInfinity(x)) return x;
        var exponent = 0;
        if (x < 2.2250738585072014e-308)
        {
            x *= 18014398509481984.0; // 2^54
            exponent = -54;
        }

        var bits = BitConverter.DoubleToInt64Bits(x);
        exponent += (int)(bits >> 52) - 1023;
        var m = BitConverter.Int64BitsToDouble((bits & 0xF_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (m > 1.4142135623730951)
        {
            m *= 0.5;
            exponent++;
        }

        // ln(1+f) = f - f²/2 + s(f²/2 + R), s = f/(2+f), R = 2(s²/3 + s⁴/5 + ...): the leading f is exact.
        var f = m - 1;
        var s = f / (2 + f);
        var z = s * s;
        var r = 0.0;
        for (var n = 11; n >= 1; n--) r = Math.FusedMultiplyAdd(r, z, 2.0 / (2 * n + 1));
        r *= z;
        var halfSquare = 0.5 * f * f;
        var tail = Math.FusedMultiplyAdd(s, halfSquare + r, exponent * Ln2Low);
        return exponent * Ln2High - (halfSquare - tail - f);
    }

    /// <summary>Sine of radians, |x| up to <see cref="LargestAngle"/>.</summary>
    public static double Sin(double x) => Circular(x, 0);

    /// <summary>Cosine of radians, |x| up to <see cref="LargestAngle"/>.</summary>
    public static double Cos(double x) => Circular(x, 1);

    /// <summary>x to a real power, x > 0.</summary>
    public static double Pow(double x, double power) => Exp(power * Log(x));

    /// <summary>x to a whole power, by squaring.</summary>
    public static double Pow(double x, int power)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(power);
        var result = 1.0;
        for (; power > 0; power >>= 1, x *= x)
        {
            if ((power & 1) != 0) result *= x;
        }

        return result;
    }

    public static float Log(float x) => (float)Log((double)x);

    public static float Sin(float x) => (float)Sin((double)x);

    public static float Cos(float x) => (float)Cos((double)x);

    private static double Circular(double x, int quarterTurns)
    {
        if (!double.IsFinite(x)) return double.NaN;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs(x), LargestAngle, nameof(x));
        var shifted = Math.FusedMultiplyAdd(x, TwoOverPi, RoundingShift);
        var n = shifted - RoundingShift;
        var r = Math.FusedMultiplyAdd(-n, HalfPiHigh, x);
        r = Math.FusedMultiplyAdd(-n, HalfPiLow, r);
        var quadrant = (int)((long)n + quarterTurns & 3);
        var value = (quadrant & 1) == 0 ? SinePolynomial(r) : CosinePolynomial(r);
        return quadrant >= 2 ? -value : value;
    }

    // Taylor on |r| <= pi/4; the first term left out is below 2^-60 of the result.
    private static double SinePolynomial(double r)
    {
        var z = r * r;
        var p = 0.0;
        for (var n = 17; n >= 3; n -= 2) p = Math.FusedMultiplyAdd(p, z, (n & 2) == 0 ? s_inverseFactorial[n] : -s_inverseFactorial[n]);
        return Math.FusedMultiplyAdd(p * z, r, r);
    }

    private static double CosinePolynomial(double r)
    {
        var z = r * r;
        var p = 0.0;
        for (var n = 16; n >= 2; n -= 2) p = Math.FusedMultiplyAdd(p, z, (n & 2) == 0 ? s_inverseFactorial[n] : -s_inverseFactorial[n]);
        return Math.FusedMultiplyAdd(p, z, 1);
    }

    private static double PowerOfTwo(int n) => BitConverter.Int64BitsToDouble((long)(n + 1023) << 52);

    private static double[] InverseFactorials(int count)
    {
        var values = new double[count];
        var factorial = 1.0; // 17! is below 2^53, so every quotient is rounded once.
        for (var n = 0; n < count; n++)
        {
            if (n > 0) factorial *= n;
            values[n] = 1 / factorial;
        }

        return values;
    }
}
