using System.Globalization;
using System.Text;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>
/// Python's semantics on the values of a template: null is None; bool, long, double, string; object?[] is a tuple; List is a list; <see cref="JinjaRange"/>,
/// <see cref="JinjaDictionary"/>, <see cref="JinjaIterator"/>, <see cref="JinjaNamespace"/>, <see cref="JinjaFunction"/>, <see cref="Undefined"/>.
/// </summary>
internal static class PythonValue
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        long n => n != 0,
        double d => d != 0,
        string s => s.Length > 0,
        JinjaDictionary d => d.Count > 0,
        IReadOnlyCollection<object?> list => list.Count > 0,
        _ => true,
    };

    /// <summary>The text that <c>{{ value }}</c> prints.</summary>
    public static string Text(object? value) => value switch
    {
        string s => s,
        Undefined => "",
        _ => Repr(value),
    };

    public static string Repr(object? value)
    {
        switch (value)
        {
            case null: return "None";
            case bool b: return b ? "True" : "False";
            case long n: return n.ToString(CultureInfo.InvariantCulture);
            case double d: return PythonText.Float(d);
            case string s: return PythonText.Repr(s);
            case Undefined: return "Undefined";
            case JinjaRange range: return range.ToString();
            case object?[] tuple: return tuple.Length == 1 ? $"({Repr(tuple[0])},)" : $"({string.Join(", ", tuple.Select(Repr))})";
            case List<object?> list: return $"[{string.Join(", ", list.Select(Repr))}]";
            case JinjaDictionary map: return $"{{{string.Join(", ", map.Select(p => $"{PythonText.Repr(p.Key)}: {Repr(p.Value)}"))}}}";
            default: throw new JinjaTypeException($"{TypeName(value)} has no text that is the same twice");
        }
    }

    public static string TypeName(object? value) => value switch
    {
        null => "None",
        bool => "a boolean",
        long => "an integer",
        double => "a float",
        string => "a string",
        List<object?> => "a list",
        object?[] => "a tuple",
        JinjaRange => "a range",
        JinjaDictionary => "a dictionary",
        JinjaNamespace => "a namespace",
        JinjaLoop => "a loop",
        JinjaIterator => "an iterator",
        Undefined u => u.Message,
        _ => "a function",
    };

    public static bool AreEqual(object? left, object? right)
    {
        if (TryNumber(left, out double a) && TryNumber(right, out double b))
            return left is long x && right is long y ? x == y : a == b;
        return (left, right) switch
        {
            (null, null) or (Undefined, Undefined) => true,
            (string l, string r) => l == r,
            (List<object?> l, List<object?> r) => l.Count == r.Count && l.Zip(r).All(p => AreEqual(p.First, p.Second)),
            (object?[] l, object?[] r) => l.Length == r.Length && l.Zip(r).All(p => AreEqual(p.First, p.Second)),
            (JinjaRange l, JinjaRange r) => l.HasElementsOf(r),
            (JinjaDictionary l, JinjaDictionary r) => l.Count == r.Count && l.All(p => r.TryGetValue(p.Key, out object? other) && AreEqual(p.Value, other)),
            _ => ReferenceEquals(left, right) && left != null,
        };
    }

    public static int Compare(object? left, object? right)
    {
        if (left is long x && right is long y)
            return x.CompareTo(y);
        if (TryNumber(left, out double a) && TryNumber(right, out double b))
            return a.CompareTo(b);
        return (left, right) switch
        {
            (string l, string r) => CompareCodePoints(l, r),
            (List<object?> or object?[], List<object?> or object?[]) when left.GetType() == right.GetType() => CompareLists(Items(left), Items(right)),
            _ => throw new JinjaTypeException($"{TypeName(left)} and {TypeName(right)} have no order"),
        };
    }

    public static bool Contains(object? container, object? item) => container switch
    {
        string text when item is string part => text.Contains(part, StringComparison.Ordinal),
        string => throw new JinjaTypeException($"a string cannot contain {TypeName(item)}"),
        JinjaDictionary map => item is string key && map.ContainsKey(key),
        _ => Items(container).Any(i => AreEqual(i, item)),
    };

    /// <summary>What a loop over the value sees.</summary>
    public static IReadOnlyList<object?> Items(object? value) => value switch
    {
        List<object?> list => list,
        object?[] tuple => tuple,
        JinjaRange range => range,
        string text => PythonText.Characters(text),
        JinjaDictionary map => [.. map.Keys],
        JinjaIterator iterator => iterator.Take(),
        Undefined => [],
        _ => throw new JinjaTypeException($"{TypeName(value)} cannot be iterated"),
    };

    public static long Length(object? value) => value switch
    {
        string text => PythonText.Length(text),
        List<object?> list => list.Count,
        object?[] tuple => tuple.Length,
        JinjaRange range => range.Count,
        JinjaDictionary map => map.Count,
        Undefined => 0,
        _ => throw new JinjaTypeException($"{TypeName(value)} has no length"),
    };

    public static object? Index(object? container, object? index) => (container, index) switch
    {
        (Undefined u, _) => throw new JinjaTypeException(u.Message),
        (JinjaDictionary map, string key) => map.TryGetValue(key, out object? value) ? value : new Undefined($"the dictionary has no '{key}'"),
        (List<object?> or object?[] or JinjaRange, long or bool) => At(Items(container), Convert.ToInt64(index, CultureInfo.InvariantCulture)),
        (string text, long at) => at >= 0 && at < text.Length && Ascii.IsValid(text) ? text[(int)at].ToString() : At(PythonText.Characters(text), at),
        _ => new Undefined($"{TypeName(container)} has no element {Describe(index)}"),
    };

    public static object? Slice(object? value, object? start, object? stop, object? step)
    {
        if (value is Undefined undefined)
            throw new JinjaTypeException(undefined.Message);
        if (value is not (string or List<object?> or object?[] or JinjaRange))
            return new Undefined($"{TypeName(value)} cannot be sliced");
        var items = Items(value);
        int stride = Bound(step, 1);
        if (stride == 0)
            throw new JinjaTypeException("the step of a slice cannot be 0");
        int from = Clamp(start, stride > 0 ? 0 : items.Count - 1, items.Count, stride);
        int to = Clamp(stop, stride > 0 ? items.Count : -1, items.Count, stride);
        if (value is JinjaRange range)
            return range.Slice(from, to, stride);
        var taken = new List<object?>();
        for (int i = from; stride > 0 ? i < to : i > to; i += stride)
            taken.Add(items[i]);
        return value switch
        {
            string => string.Concat(taken.Cast<string>()),
            object?[] => taken.ToArray(),
            _ => taken,
        };
    }

    public static bool TryNumber(object? value, out double number)
    {
        number = value switch { bool b => b ? 1 : 0, long n => n, double d => d, _ => 0 };
        return value is bool or long or double;
    }

    private static string Describe(object? index) => index is string or long ? Repr(index) : TypeName(index);

    private static object? At(IReadOnlyList<object?> items, long index)
    {
        long at = index < 0 ? index + items.Count : index;
        return at >= 0 && at < items.Count ? items[(int)at] : new Undefined($"there is no element {index}");
    }

    private static int Bound(object? value, int otherwise) => value switch
    {
        null => otherwise,
        long n => (int)Math.Clamp(n, -int.MaxValue, int.MaxValue),
        _ => throw new JinjaTypeException("the bounds of a slice are integers"),
    };

    private static int Clamp(object? value, int otherwise, int count, int stride)
    {
        if (value == null)
            return otherwise;
        int bound = Bound(value, 0);
        bound = bound < 0 ? bound + count : bound;
        return stride > 0 ? Math.Clamp(bound, 0, count) : Math.Clamp(bound, -1, count - 1);
    }

    private static int CompareLists(IReadOnlyList<object?> left, IReadOnlyList<object?> right)
    {
        for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!AreEqual(left[i], right[i]))
                return Compare(left[i], right[i]);
        }

        return left.Count.CompareTo(right.Count);
    }

    // UTF-16 order differs from code point order where surrogates meet U+E000 and on.
    private static int CompareCodePoints(string left, string right)
    {
        var l = left.EnumerateRunes();
        var r = right.EnumerateRunes();
        while (true)
        {
            bool more = l.MoveNext(), other = r.MoveNext();
            if (!more || !other)
                return more.CompareTo(other);
            if (l.Current != r.Current)
                return l.Current.CompareTo(r.Current);
        }
    }
}
