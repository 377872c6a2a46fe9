using System.Text;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>Methods and attributes of values. Those that change a value are refused, as the immutable sandbox does.</summary>
internal static class JinjaMethods
{
    /// <summary>The attribute, or the method bound to its value; null where the type has none of that name.</summary>
    public static object? Find(object? value, string name) => value switch
    {
        string text => PythonStrings.Find(text, name),
        JinjaDictionary map => FindDictionary(map, name),
        List<object?> list => FindList(list, name),
        JinjaRange range => FindRange(range, name),
        bool or long or double => PythonNumbers.Attribute(value, name),
        _ => null,
    };

    private static JinjaFunction? FindDictionary(JinjaDictionary map, string name) => name switch
    {
        "items" => _ => map.Select(p => (object?)new object?[] { p.Key, p.Value }).ToList(),
        "keys" => _ => map.Keys.Cast<object?>().ToList(),
        "values" => _ => map.Values.ToList(),
        "get" => a => map.TryGetValue(a.Required<string>(0, "key"), out object? found) ? found : a.Get(1, "default"),
        "copy" => _ => map,
        "update" or "pop" or "popitem" or "clear" or "setdefault" => _ => throw new JinjaTypeException($"'{name}' would change a dictionary; the sandbox forbids it"),
        _ => null,
    };

    private static object? FindRange(JinjaRange range, string name) => name switch
    {
        "start" => range.Start,
        "stop" => range.Stop,
        "step" => range.Step,
        _ => name is "index" or "count" ? FindList([.. range], name) : null,
    };

    private static JinjaFunction? FindList(List<object?> list, string name) => name switch
    {
        "index" => a => list.FindIndex(i => PythonValue.AreEqual(i, a.Get(0, "value"))) is >= 0 and var found
            ? (long)found
            : throw new JinjaTypeException("the value is not in the list"),
        "count" => a => (long)list.Count(i => PythonValue.AreEqual(i, a.Get(0, "value"))),
        "copy" => _ => list,
        "append" or "extend" or "insert" or "pop" or "remove" or "reverse" or "sort" or "clear" =>
            _ => throw new JinjaTypeException($"'{name}' would change a list; the sandbox forbids it"),
        _ => null,
    };
}

/// <summary>Python's methods of <c>str</c>.</summary>
internal static class PythonStrings
{
    public static JinjaFunction? Find(string text, string name) => name switch
    {
        "strip" => a => Strip(text, a.Get<string?>(0, "chars", null), left: true, right: true),
        "lstrip" => a => Strip(text, a.Get<string?>(0, "chars", null), left: true, right: false),
        "rstrip" => a => Strip(text, a.Get<string?>(0, "chars", null), left: false, right: true),
        "split" => a => Split(text, a.Get<string?>(0, "sep", null), a.Get(1, "maxsplit", -1L), fromRight: false),
        "rsplit" => a => Split(text, a.Get<string?>(0, "sep", null), a.Get(1, "maxsplit", -1L), fromRight: true),
        "splitlines" => a => SplitLines(text, PythonValue.IsTrue(a.Get(0, "keepends"))),
        "partition" => a => Partition(text, a.Required<string>(0, "sep"), last: false),
        "rpartition" => a => Partition(text, a.Required<string>(0, "sep"), last: true),
        "startswith" => a => Affix(a, text.StartsWith),
        "endswith" => a => Affix(a, text.EndsWith),
        "removeprefix" => a => text.StartsWith(a.Required<string>(0, "prefix"), StringComparison.Ordinal) ? text[a.Required<string>(0, "prefix").Length..] : text,
        "removesuffix" => a => text.EndsWith(a.Required<string>(0, "suffix"), StringComparison.Ordinal) ? text[..^a.Required<string>(0, "suffix").Length] : text,
        "replace" => a => Replace(text, a.Required<string>(0, "old"), a.Required<string>(1, "new"), a.Get(2, "count", -1L)),
        "find" => a => PlaceOf(text, a.Required<string>(0, "sub"), last: false),
        "rfind" => a => PlaceOf(text, a.Required<string>(0, "sub"), last: true),
        "index" => a => PlaceOf(text, a.Required<string>(0, "sub"), last: false) is >= 0 and var at ? at : throw new JinjaTypeException("substring not found"),
        "count" => a => Count(text, a.Required<string>(0, "sub")),
        "join" => a => Join(text, PythonValue.Items(a.Get(0, "iterable"))),
        "upper" => _ => Upper(text),
        "lower" => _ => Lower(text),
        "title" => _ => Title(text),
        "capitalize" => _ => Capitalize(text),
        "isdigit" => _ => All(text, Rune.IsDigit),
        "isnumeric" => _ => All(text, Rune.IsNumber),
        "isalpha" => _ => All(text, Rune.IsLetter),
        "isalnum" => _ => All(text, r => Rune.IsLetter(r) || Rune.IsNumber(r)),
        "isspace" => _ => text.Length > 0 && text.All(c => PythonText.WhiteSpace.Contains(c)),
        "isupper" => _ => text.EnumerateRunes().Any(Rune.IsUpper) && !text.EnumerateRunes().Any(Rune.IsLower),
        "islower" => _ => text.EnumerateRunes().Any(Rune.IsLower) && !text.EnumerateRunes().Any(Rune.IsUpper),
        "ljust" => a => text + Fill(a, text),
        "rjust" => a => Fill(a, text) + text,
        "zfill" => a => text.StartsWith('-') ? "-" + text[1..].PadLeft((int)a.Required<long>(0, "width") - 1, '0') : text.PadLeft((int)a.Required<long>(0, "width"), '0'),
        _ => null,
    };

    public static string Strip(string text, string? characters, bool left, bool right)
    {
        var set = characters ?? PythonText.WhiteSpace;
        var runes = text.EnumerateRunes().ToList();
        int start = 0, end = runes.Count;
        while (left && start < end && set.Contains(runes[start].ToString(), StringComparison.Ordinal))
            start++;
        while (right && end > start && set.Contains(runes[end - 1].ToString(), StringComparison.Ordinal))
            end--;
        return string.Concat(runes[start..end].Select(r => r.ToString()));
    }

    public static string Join(string separator, IEnumerable<object?> items) => string.Join(separator, items.Select(i =>
        i as string ?? throw new JinjaTypeException($"only strings can be joined, not {PythonValue.TypeName(i)}")));

    // InvariantCulture maps one character to one; ß is the case that Latin text meets.
    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal);

    public static string Lower(string text) => text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);

    public static string Capitalize(string text)
    {
        var runes = text.EnumerateRunes().ToList();
        return runes.Count == 0 ? text : Upper(runes[0].ToString()) + Lower(string.Concat(runes.Skip(1).Select(r => r.ToString())));
    }

    public static string Replace(string text, string old, string replacement, long count)
    {
        if (old.Length == 0)
            throw new JinjaTypeException("replacing the empty string is not supported");
        if (count < 0)
            return text.Replace(old, replacement, StringComparison.Ordinal);
        var result = new StringBuilder();
        int done = 0;
        for (int at = text.IndexOf(old, StringComparison.Ordinal); at >= 0 && count > 0; at = text.IndexOf(old, done, StringComparison.Ordinal), count--)
        {
            result.Append(text, done, at - done).Append(replacement);
            done = at + old.Length;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    private static List<object?> Split(string text, string? separator, long maximum, bool fromRight)
    {
        int limit = maximum < 0 ? int.MaxValue : (int)Math.Min(maximum, int.MaxValue - 1) + 1;
        if (separator == null)
            return SplitAtSpace(text, limit, fromRight);
        if (separator.Length == 0)
            throw new JinjaTypeException("the separator is empty");
        if (!fromRight)
            return [.. text.Split(separator, limit)];
        var parts = new List<object?>();
        for (int at; parts.Count + 1 < limit && (at = text.LastIndexOf(separator, StringComparison.Ordinal)) >= 0; text = text[..at])
            parts.Insert(0, text[(at + separator.Length)..]);
        parts.Insert(0, text);
        return parts;
    }

    private static List<object?> SplitAtSpace(string text, int limit, bool fromRight)
    {
        if (limit != int.MaxValue && fromRight)
            throw new JinjaTypeException("rsplit at white space with a limit is not supported");
        var parts = new List<object?>();
        string rest = text.TrimStart([.. PythonText.WhiteSpace]);
        while (rest.Length > 0)
        {
            int end = parts.Count + 1 == limit ? -1 : rest.AsSpan().IndexOfAny(PythonText.Spaces);
            parts.Add(end < 0 ? (parts.Count + 1 == limit ? rest.TrimEnd([.. PythonText.WhiteSpace]) : rest) : rest[..end]);
            rest = end < 0 ? "" : rest[end..].TrimStart([.. PythonText.WhiteSpace]);
        }

        return parts;
    }

    private static List<object?> SplitLines(string text, bool keepEnds)
    {
        var lines = new List<object?>();
        for (int start = 0; start < text.Length;)
        {
            int end = text.AsSpan(start).IndexOfAny(PythonText.LineEnds);
            end = end < 0 ? text.Length : start + end;
            int next = end == text.Length ? end : text.AsSpan(end).StartsWith("\r\n") ? end + 2 : end + 1;
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    private static object?[] Partition(string text, string separator, bool last)
    {
        int at = last ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : last ? ["", "", text] : [text, "", ""];
    }

    private static object? Affix(JinjaArguments arguments, Func<string, StringComparison, bool> holds)
    {
        arguments.Allow(1);
        return arguments.Get(0, "affix") switch
        {
            string affix => holds(affix, StringComparison.Ordinal),
            object?[] tuple => tuple.Any(t => t is string affix && holds(affix, StringComparison.Ordinal)),
            var other => throw new JinjaTypeException($"a string or a tuple of strings is expected, not {PythonValue.TypeName(other)}"),
        };
    }

    private static long PlaceOf(string text, string part, bool last)
    {
        int at = last ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : PythonText.Length(text[..at]);
    }

    private static long Count(string text, string part)
    {
        if (part.Length == 0)
            return PythonText.Length(text) + 1;
        long count = 0;
        for (int at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
            count++;
        return count;
    }

    private static string Title(string text)
    {
        var result = new StringBuilder();
        bool inWord = false;
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(inWord ? Lower(rune.ToString()) : Upper(rune.ToString()));
            inWord = Rune.IsLetter(rune);
        }

        return result.ToString();
    }

    private static bool All(string text, Func<Rune, bool> rule) => text.Length > 0 && text.EnumerateRunes().All(rule);

    private static string Fill(JinjaArguments arguments, string text)
    {
        string fill = arguments.Get(1, "fillchar", " ");
        long missing = Math.Clamp(arguments.Required<long>(0, "width") - PythonText.Length(text), 0, 100_000);
        return string.Concat(Enumerable.Repeat(fill, (int)missing));
    }
}
