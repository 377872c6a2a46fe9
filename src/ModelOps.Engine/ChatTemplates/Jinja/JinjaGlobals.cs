using System.Globalization;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>The functions that every template sees.</summary>
internal static class JinjaGlobals
{
    /// <param name="now">The time that <c>strftime_now</c> tells; without one the function is not defined, and templates that ask first go without.</param>
    public static IEnumerable<KeyValuePair<string, object?>> Create(DateTime? now)
    {
        yield return New("range", Range);
        yield return New("dict", Dictionary);
        yield return New("namespace", Namespace);
        yield return New("raise_exception", a => throw new JinjaRaisedException(PythonValue.Text(a.Get(0, "message"))));
        if (now is { } time)
            yield return New("strftime_now", a => PythonTime.Format(time, a.Required<string>(0, "format")));
    }

    private static KeyValuePair<string, object?> New(string name, JinjaFunction function) => new(name, function);

    private static JinjaRange Range(JinjaArguments arguments)
    {
        arguments.Allow(3);
        long[] bounds = [.. arguments.Positional.Select(p => p as long? ?? throw new JinjaTypeException("range takes integers"))];
        return bounds switch
        {
            [var end] => new JinjaRange(0, end, 1),
            [var from, var end] => new JinjaRange(from, end, 1),
            [var from, var end, var by] when by != 0 => new JinjaRange(from, end, by),
            _ => throw new JinjaTypeException("range takes one to three integers, and a step other than 0"),
        };
    }

    private static JinjaDictionary Dictionary(JinjaArguments arguments)
    {
        arguments.Allow(1, [.. arguments.Named.Keys]);
        var map = new JinjaDictionary();
        if (arguments.TryGet(0, "", out object? source))
        {
            foreach (var (key, value) in source as JinjaDictionary ?? throw new JinjaTypeException("dict takes a dictionary and names"))
                map[key] = value;
        }

        foreach (var (key, value) in arguments.Named)
            map[key] = value;
        return map;
    }

    private static JinjaNamespace Namespace(JinjaArguments arguments)
    {
        var ns = new JinjaNamespace();
        foreach (var (key, value) in Dictionary(arguments))
            ns.Attributes[key] = value;
        return ns;
    }
}

/// <summary>Python's <c>strftime</c> in the C locale.</summary>
internal static class PythonTime
{
    public static string Format(DateTime time, string format)
    {
        var result = new System.Text.StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }

            bool unpadded = format[++i] == '-' && i + 1 < format.Length;
            string field = Field(time, unpadded ? format[++i] : format[i]);
            result.Append(unpadded && field.TrimStart('0') is var bare ? bare.Length == 0 ? "0" : bare : field);
        }

        return result.ToString();
    }

    private static string Field(DateTime time, char field) => field switch
    {
        'Y' => time.ToString("yyyy", CultureInfo.InvariantCulture),
        'y' => time.ToString("yy", CultureInfo.InvariantCulture),
        'm' => time.ToString("MM", CultureInfo.InvariantCulture),
        'd' => time.ToString("dd", CultureInfo.InvariantCulture),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'H' => time.ToString("HH", CultureInfo.InvariantCulture),
        'I' => time.ToString("hh", CultureInfo.InvariantCulture),
        'M' => time.ToString("mm", CultureInfo.InvariantCulture),
        'S' => time.ToString("ss", CultureInfo.InvariantCulture),
        'p' => time.Hour < 12 ? "AM" : "PM",
        'b' or 'h' => time.ToString("MMM", CultureInfo.InvariantCulture),
        'B' => time.ToString("MMMM", CultureInfo.InvariantCulture),
        'a' => time.ToString("ddd", CultureInfo.InvariantCulture),
        'A' => time.ToString("dddd", CultureInfo.InvariantCulture),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'u' => (time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'F' => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        'T' => time.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        'D' => time.ToString("MM'/'dd'/'yy", CultureInfo.InvariantCulture),
        '%' => "%",
        'n' => "\n",
        't' => "\t",
        _ => throw new JinjaTypeException($"the field %{field} of a time is not supported"),
    };
}
