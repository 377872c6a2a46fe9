using System.Globalization;
using System.Text;

namespace ModelOps.Engine.ChatTemplates.Jinja;

internal delegate object? JinjaFilter(object? value, JinjaArguments arguments);

/// <summary>The filters that give a text or a number, and the table of all filters by name.</summary>
internal static class JinjaFilters
{
    private static readonly Dictionary<string, JinjaFilter> s_filters = new(JinjaListFilters.All, StringComparer.Ordinal)
    {
        ["abs"] = (v, _) => PythonValue.TryNumber(v, out double n) ? (n < 0 ? PythonArithmetic.Negate(v) : v) : throw Expected("a number", v),
        ["capitalize"] = (v, _) => PythonStrings.Capitalize(PythonValue.Text(v)),
        ["d"] = Default,
        ["default"] = Default,
        ["float"] = (v, a) => ToFloat(v) ?? a.Get(0, "default", 0.0),
        ["indent"] = Indent,
        ["int"] = ToInteger,
        ["lower"] = (v, _) => PythonStrings.Lower(PythonValue.Text(v)),
        ["replace"] = (v, a) => PythonStrings.Replace(
            PythonValue.Text(v), a.Required<string>(0, "old"), a.Required<string>(1, "new"), a.Get(2, "count") as long? ?? -1),
        ["round"] = Round,
        // Nothing is escaped anywhere, so that safe text is text.
        ["safe"] = (v, _) => PythonValue.Text(v),
        ["string"] = (v, _) => PythonValue.Text(v),
        ["title"] = (v, _) => Title(PythonValue.Text(v)),
        ["tojson"] = JinjaJson.Write,
        ["trim"] = (v, a) => PythonStrings.Strip(PythonValue.Text(v), a.Get<string?>(0, "chars", null), left: true, right: true),
        ["upper"] = (v, _) => PythonStrings.Upper(PythonValue.Text(v)),
        ["wordcount"] = (v, _) => WordCount(PythonValue.Text(v)),
    };

    public static JinjaFilter? Find(string name) => s_filters.GetValueOrDefault(name);

    private static JinjaTypeException Expected(string what, object? value) => new($"{what} is expected, not {PythonValue.TypeName(value)}");

    private static object? Default(object? value, JinjaArguments arguments)
    {
        arguments.Allow(2, "default_value", "boolean");
        bool empty = value is Undefined || (PythonValue.IsTrue(arguments.Get(1, "boolean", false)) && !PythonValue.IsTrue(value));
        return empty ? arguments.Get(0, "default_value", "") : value;
    }

    private static double? ToFloat(object? value) =>
        PythonValue.TryNumber(value, out double number)
            ? number
            : value is string text && double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out number) ? number : null;

    private static object? ToInteger(object? value, JinjaArguments arguments)
    {
        if (arguments.Get(1, "base", 10L) != 10)
            throw new JinjaTypeException("only base 10 is supported");
        if (value is string text && long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return whole;
        if (value is long or bool)
            return Convert.ToInt64(value, CultureInfo.InvariantCulture);
        return ToFloat(value) is { } number && Math.Abs(number) < 9e18 ? (long)number : arguments.Get(0, "default", (object?)0L);
    }

    private static object? Round(object? value, JinjaArguments arguments)
    {
        if (!PythonValue.TryNumber(value, out double number))
            throw Expected("a number", value);
        long precision = arguments.Get(0, "precision", 0L);
        if (precision is < -18 or > 300)
            throw new JinjaTypeException("a precision of rounding is from -18 to 300");
        double scale = double.Parse($"1E{precision}", CultureInfo.InvariantCulture);
        return arguments.Get(1, "method", "common") switch
        {
            "common" => PythonNumbers.Round(value!, (int)precision),
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            var method => throw new JinjaTypeException($"the method '{method}' of rounding is not supported"),
        };
    }

    private static string Indent(object? value, JinjaArguments arguments)
    {
        object? width = arguments.Get(0, "width", (object?)4L);
        string space = width as string ?? new string(' ', (int)Math.Clamp(width as long? ?? throw Expected("an integer", width), 0, 1000));
        bool first = PythonValue.IsTrue(arguments.Get(1, "first", false)), blank = PythonValue.IsTrue(arguments.Get(2, "blank", false));
        var lines = (List<object?>)PythonStrings.Find(PythonValue.Text(value) + "\n", "splitlines")!(JinjaArguments.None)!;
        var indented = lines.Cast<string>().Select((line, i) => (i == 0 ? first : blank || line.Length > 0) ? space + line : line);
        return string.Join('\n', indented);
    }

    // Words begin after white space and opening brackets, not after every character that is no letter.
    private static string Title(string text)
    {
        var result = new StringBuilder();
        bool starts = true;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(starts ? PythonStrings.Upper(rune.ToString()) : PythonStrings.Lower(rune.ToString()));
            starts = rune.IsBmp && ("-({[<".Contains((char)rune.Value) || PythonText.WhiteSpace.Contains((char)rune.Value));
        }

        return result.ToString();
    }

    private static object? WordCount(string text)
    {
        long count = 0;
        bool inWord = false;
        foreach (var rune in text.EnumerateRunes())
        {
            bool isWord = Rune.IsLetterOrDigit(rune) || rune.Value == '_';
            count += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }

        return count;
    }
}
