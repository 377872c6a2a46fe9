using System.Globalization;

namespace ModelOps.Core.Artifacts;

/// <summary>Sizes as people write and read them: <c>50GB</c>, <c>500 MB</c>, <c>unlimited</c>; decimal units.</summary>
public static class StoreSize
{
    /// <summary>The bound that holds when nothing is said: 50 GB.</summary>
    public const long Default = 50_000_000_000;

    public const long Unlimited = long.MaxValue;

    private static readonly string[] s_units = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>Bytes; null when the text is no size. An empty text is the default.</summary>
    public static long? Parse(string text)
    {
        string trimmed = text.Trim();
        if (trimmed.Length == 0)
        {
            return Default;
        }

        if (trimmed.Equals("unlimited", StringComparison.OrdinalIgnoreCase))
        {
            return Unlimited;
        }

        string number = trimmed.TrimEnd("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".ToCharArray());
        string unit = trimmed[number.Length..];
        int power = unit.Length == 0 ? 0 : Array.FindIndex(s_units, u => u.Equals(unit, StringComparison.OrdinalIgnoreCase));
        bool valid = decimal.TryParse(number.TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value);
        return valid && power >= 0 && value < 1_000_000 ? (long)(value * (decimal)Math.Pow(1000, power))
            : valid && unit.Length == 0 && value <= long.MaxValue ? (long)value
            : null;
    }

    public static string Format(long bytes)
    {
        double value = bytes;
        int power = 0;
        for (; value >= 999.5 && power < s_units.Length - 1; power++)
        {
            value /= 1000;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(value < 10 && power > 0 ? "0.0" : "0", CultureInfo.InvariantCulture)} {s_units[power]}");
    }
}
