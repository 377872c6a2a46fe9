using System.Globalization;
using System.Numerics;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>What Python's numbers have beside their operators; a boolean is an integer.</summary>
internal static class PythonNumbers
{
    /// <summary>The attribute or method of a number; null where there is none of that name.</summary>
    public static object? Attribute(object number, string name) =>
        number is double value ? AttributeOf(value, name) : AttributeOf(Whole(number), name);

    /// <summary>Python's <c>round</c>: to even where it is exactly the middle of two, an integer of an integer.</summary>
    /// <param name="number">A boolean, integer or float.</param>
    /// <param name="precision">Digits behind the point; negative: before it.</param>
    public static object Round(object number, int precision)
    {
        if (number is double value)
            return precision >= 0 ? RoundFraction(value, precision) : Rescale(value, -precision);
        if (precision >= 0)
            return Whole(number);
        BigInteger scale = BigInteger.Pow(10, -precision);
        var (quotient, rest) = BigInteger.DivRem(Whole(number), scale);
        int half = (2 * BigInteger.Abs(rest)).CompareTo(scale);
        BigInteger rounded = half > 0 || (half == 0 && !quotient.IsEven) ? quotient + Math.Sign(Whole(number)) : quotient;
        return (long)(rounded * scale);
    }

    private static long Whole(object number) => Convert.ToInt64(number, CultureInfo.InvariantCulture);

    private static object? AttributeOf(double value, string name) => name switch
    {
        "real" => value,
        "imag" => 0.0,
        "conjugate" => new JinjaFunction(_ => value),
        "is_integer" => new JinjaFunction(_ => double.IsInteger(value)),
        "as_integer_ratio" or "fromhex" or "from_number" or "hex" => throw new JinjaTypeException($"'{name}' of a float is not supported"),
        _ => null,
    };

    private static object? AttributeOf(long value, string name) => name switch
    {
        "real" or "numerator" => value,
        "imag" => 0L,
        "denominator" => 1L,
        "conjugate" => new JinjaFunction(_ => value),
        "bit_length" => new JinjaFunction(_ => (long)BigInteger.Abs(value).GetBitLength()),
        "as_integer_ratio" or "bit_count" or "from_bytes" or "is_integer" or "to_bytes" => throw new JinjaTypeException($"'{name}' of an integer is not supported"),
        _ => null,
    };

    // The exact decimal digits decide; where the product with a power of ten is exact and ends in a half, the platform rounds away from zero and Python to even.
    private static double RoundFraction(double value, int precision)
    {
        double scale = Exact($"1E{Math.Min(precision, 22)}"), scaled = value * scale;
        if (!double.IsFinite(scaled))
            return value;
        bool isMiddle = Math.FusedMultiplyAdd(value, scale, -scaled) == 0 && Math.Abs(scaled - Math.Truncate(scaled)) == 0.5;
        return isMiddle
            ? Math.Round(scaled, MidpointRounding.ToEven) / scale
            : Exact(value.ToString($"F{Math.Min(precision, 300)}", CultureInfo.InvariantCulture));
    }

    private static double Rescale(double value, int digits)
    {
        if (digits > 22)
            return 0.0;
        double scale = Exact($"1E{digits}");
        return Math.Round(value / scale, MidpointRounding.ToEven) * scale;
    }

    private static double Exact(string digits) => double.Parse(digits, CultureInfo.InvariantCulture);
}
