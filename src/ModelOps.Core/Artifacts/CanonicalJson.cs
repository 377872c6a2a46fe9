using System.Buffers;
using System.Globalization;
using System.Text;

namespace ModelOps.Core.Artifacts;

/// <summary>In which order canonical JSON writes the members of objects.</summary>
public enum KeyOrder
{
    /// <summary>By UTF-16 code units, at every level (RFC 8785).</summary>
    Sorted,

    /// <summary>As they were written, at every level: for whatever a chat template can render (tools, arguments, schemas).</summary>
    AsWritten,
}

/// <summary>
/// Canonical JSON: RFC 8785 (no white space, minimal escapes, sorted keys, UTF-8) with one exception: a number that was read keeps its
/// literal text, because a template renders <c>1.0</c> and <c>1</c> differently. Numbers that we compute are written by <see cref="Number"/>.
/// </summary>
public static class CanonicalJson
{
    /// <exception cref="JsonProblemException">The text is not acceptable JSON.</exception>
    public static byte[] From(ReadOnlyMemory<byte> json, KeyOrder order = KeyOrder.Sorted)
    {
        var target = new ArrayBufferWriter<byte>(json.Length + 16);
        Write(JsonTree.Parse(json).Root, target, order);
        return target.WrittenSpan.ToArray();
    }

    public static void Write(JsonItem item, IBufferWriter<byte> target, KeyOrder order = KeyOrder.Sorted)
    {
        switch (item.Kind)
        {
            case JsonKind.Object: WriteObject(item, target, order); break;
            case JsonKind.Array: WriteArray(item, target, order); break;
            case JsonKind.String: WriteString(item, target); break;
            default: target.Write(item.Raw); break;
        }
    }

    /// <summary>A string in quotes.</summary>
    public static void Write(string text, IBufferWriter<byte> target) => JsonStrings.WriteQuoted(s_strictUtf8.GetBytes(text), target);

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The shortest text that reads back as the same double, laid out as ECMAScript does (RFC 8785 section 3.2.2.3): 1e-4 is
    /// <c>0.0001</c>, 1.0 is <c>1</c>, 1e21 is <c>1e+21</c>, -0 is <c>0</c>.
    /// </summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "JSON has no such number.");
        }

        if (value == 0)
        {
            return "0";
        }

        // "E16" would not be shortest; "R" is, and only its layout differs from ECMAScript's.
        string shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        int exponent = e < 0 ? 0 : int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? shortest : shortest[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        string all = point < 0 ? mantissa : mantissa.Remove(point, 1);
        string significant = all.TrimStart('0');
        // The value is 0.significant × 10^n.
        int n = (point < 0 ? mantissa.Length : point) + exponent - (all.Length - significant.Length);
        return (value < 0 ? "-" : "") + LayOut(significant.TrimEnd('0'), n);
    }

    // ECMA-262, Number::toString, steps 6 to 12: k digits, decimal point after n of them.
    private static string LayOut(string digits, int n)
    {
        int k = digits.Length;
        if (k <= n && n <= 21)
        {
            return digits + new string('0', n - k);
        }

        if (n is > 0 and <= 21)
        {
            return $"{digits[..n]}.{digits[n..]}";
        }

        if (n is > -6 and <= 0)
        {
            return $"0.{new string('0', -n)}{digits}";
        }

        string sign = n - 1 < 0 ? "-" : "+";
        string fraction = k == 1 ? "" : $".{digits[1..]}";
        return $"{digits[0]}{fraction}e{sign}{Math.Abs(n - 1)}";
    }

    private static void WriteObject(JsonItem item, IBufferWriter<byte> target, KeyOrder order)
    {
        target.Write("{"u8);
        int[] names = order == KeyOrder.Sorted ? JsonKeys.Sorted(item.Tree, item.Index) : JsonKeys.Names(item.Tree, item.Index);
        for (int i = 0; i < names.Length; i++)
        {
            if (i > 0)
            {
                target.Write(","u8);
            }

            WriteString(new JsonItem(item.Tree, names[i]), target);
            target.Write(":"u8);
            Write(new JsonItem(item.Tree, names[i] + 1), target, order);
        }

        target.Write("}"u8);
    }

    private static void WriteArray(JsonItem item, IBufferWriter<byte> target, KeyOrder order)
    {
        target.Write("["u8);
        int at = item.Index + 1;
        for (int i = 0; i < item.Count; i++)
        {
            if (i > 0)
            {
                target.Write(","u8);
            }

            Write(new JsonItem(item.Tree, at), target, order);
            at = item.Tree[at].Next;
        }

        target.Write("]"u8);
    }

    private static void WriteString(JsonItem item, IBufferWriter<byte> target)
    {
        if (item.IsEscaped)
        {
            JsonStrings.WriteQuoted(JsonStrings.Unescape(item.Raw), target);
            return;
        }

        // What needs no escape when read needs none when written.
        target.Write("\""u8);
        target.Write(item.Raw);
        target.Write("\""u8);
    }
}
