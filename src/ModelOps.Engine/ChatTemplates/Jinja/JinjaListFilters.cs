namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>The filters over lists and dictionaries.</summary>
internal static class JinjaListFilters
{
    public static Dictionary<string, JinjaFilter> All { get; } = new(StringComparer.Ordinal)
    {
        ["count"] = (v, _) => PythonValue.Length(v),
        ["dictsort"] = DictSort,
        ["first"] = (v, _) => PythonValue.Items(v) is [var first, ..] ? first : new Undefined("No first item, sequence was empty."),
        ["items"] = (v, _) => new JinjaIterator(v is Undefined ? [] : [.. Entries(v)]),
        ["join"] = (v, a) => string.Join(PythonValue.Text(a.Get(0, "d", "")), Attributes(v, a.Get(1, "attribute")).Select(PythonValue.Text)),
        ["last"] = (v, _) => PythonValue.Items(v) is [.., var last] ? last : new Undefined("No last item, sequence was empty."),
        ["length"] = (v, _) => PythonValue.Length(v),
        ["list"] = (v, _) => PythonValue.Items(v).ToList(),
        ["map"] = Map,
        ["max"] = (v, a) => Extreme(v, a, sign: 1),
        ["min"] = (v, a) => Extreme(v, a, sign: -1),
        ["reject"] = (v, a) => Select(v, a, hasAttribute: false, keep: false),
        ["rejectattr"] = (v, a) => Select(v, a, hasAttribute: true, keep: false),
        ["reverse"] = (v, _) => v is string s ? PythonValue.Slice(s, null, null, -1L) : new JinjaIterator([.. PythonValue.Items(v).Reverse()]),
        ["select"] = (v, a) => Select(v, a, hasAttribute: false, keep: true),
        ["selectattr"] = (v, a) => Select(v, a, hasAttribute: true, keep: true),
        ["sort"] = Sort,
        ["sum"] = (v, a) => Attributes(v, a.Get(0, "attribute")).Aggregate(a.Get(1, "start", (object?)0L), (sum, item) => PythonArithmetic.Apply("+", sum, item)),
        ["unique"] = Unique,
    };

    private static IEnumerable<object?> Entries(object? value) =>
        value is JinjaDictionary map
            ? map.Select(p => (object?)new object?[] { p.Key, p.Value })
            : throw new JinjaTypeException($"a dictionary is expected, not {PythonValue.TypeName(value)}");

    private static IEnumerable<object?> Attributes(object? value, object? attribute) =>
        attribute == null ? PythonValue.Items(value) : PythonValue.Items(value).Select(i => Attribute(i, attribute));

    /// <summary>An attribute by its dotted path, in which numbers are indices; a default stands in for every part that is not there.</summary>
    private static object? Attribute(object? item, object? path, object? otherwise = null)
    {
        object?[] parts = path switch
        {
            long index => [index],
            string text => [.. text.Split('.').Select(p => long.TryParse(p, out long index) ? (object?)index : p)],
            _ => throw new JinjaTypeException("an attribute is named by a string or an integer"),
        };
        foreach (object? part in parts)
        {
            item = PythonValue.Index(item, part);
            if (otherwise != null && item is Undefined)
                item = otherwise;
        }

        return item;
    }

    private static JinjaIterator Map(object? value, JinjaArguments arguments)
    {
        if (arguments.Positional.Count == 0)
        {
            arguments.Allow(0, "attribute", "default");
            object? path = arguments.Required<object>(0, "attribute");
            object? otherwise = arguments.Named.GetValueOrDefault("default");
            return new JinjaIterator([.. PythonValue.Items(value).Select(i => Attribute(i, path, otherwise))]);
        }

        string name = arguments.Required<string>(0, "filter");
        var filter = JinjaFilters.Find(name) ?? throw new JinjaTypeException($"the filter '{name}' is not supported");
        var rest = new JinjaArguments(arguments.Positional[1..], arguments.Named);
        return new JinjaIterator([.. PythonValue.Items(value).Select(i => filter(i, rest))]);
    }

    private static JinjaIterator Select(object? value, JinjaArguments arguments, bool hasAttribute, bool keep)
    {
        int skip = hasAttribute ? 1 : 0;
        object? path = hasAttribute ? arguments.Required<object>(0, "attribute") : null;
        JinjaTest test = (v, _) => PythonValue.IsTrue(v);
        var rest = JinjaArguments.None;
        if (arguments.Positional.Count > skip)
        {
            string name = arguments.Required<string>(skip, "test");
            test = JinjaTests.Find(name) ?? throw new JinjaTypeException($"the test '{name}' is not supported");
            rest = new JinjaArguments(arguments.Positional[(skip + 1)..], arguments.Named);
        }

        return new JinjaIterator([.. PythonValue.Items(value).Where(i => test(path == null ? i : Attribute(i, path), rest) == keep)]);
    }

    private static List<object?> Sort(object? value, JinjaArguments arguments)
    {
        arguments.Allow(3, "reverse", "case_sensitive", "attribute");
        bool caseSensitive = PythonValue.IsTrue(arguments.Get(1, "case_sensitive", false));
        object? path = arguments.Get(2, "attribute");
        return Ordered(PythonValue.Items(value), i => Key(path == null ? i : Attribute(i, path), caseSensitive), PythonValue.IsTrue(arguments.Get(0, "reverse", false)));
    }

    private static List<object?> DictSort(object? value, JinjaArguments arguments)
    {
        arguments.Allow(3, "case_sensitive", "by", "reverse");
        bool caseSensitive = PythonValue.IsTrue(arguments.Get(0, "case_sensitive", false));
        int by = arguments.Get(1, "by", "key") switch
        {
            "key" => 0,
            "value" => 1,
            var other => throw new JinjaTypeException($"a dictionary is sorted by 'key' or 'value', not by '{other}'"),
        };
        return Ordered(Entries(value), e => Key(((object?[])e!)[by], caseSensitive), PythonValue.IsTrue(arguments.Get(2, "reverse", false)));
    }

    private static List<object?> Ordered(IEnumerable<object?> items, Func<object?, object?> key, bool descending)
    {
        var comparer = Comparer<object?>.Create(PythonValue.Compare);
        try
        {
            return [.. descending ? items.OrderByDescending(key, comparer) : items.OrderBy(key, comparer)];
        }
        catch (InvalidOperationException e) when (e.InnerException is JinjaTypeException inner)
        {
            throw new JinjaTypeException(inner.Message);
        }
    }

    private static JinjaIterator Unique(object? value, JinjaArguments arguments)
    {
        bool caseSensitive = PythonValue.IsTrue(arguments.Get(0, "case_sensitive", false));
        object? path = arguments.Get(1, "attribute");
        var seen = new List<object?>();
        var kept = new List<object?>();
        foreach (object? item in PythonValue.Items(value))
        {
            object? key = Key(path == null ? item : Attribute(item, path), caseSensitive);
            if (seen.Any(s => PythonValue.AreEqual(s, key)))
                continue;
            seen.Add(key);
            kept.Add(item);
        }

        return new JinjaIterator(kept);
    }

    private static object? Extreme(object? value, JinjaArguments arguments, int sign)
    {
        bool caseSensitive = PythonValue.IsTrue(arguments.Get(0, "case_sensitive", false));
        object? path = arguments.Get(1, "attribute");
        var items = PythonValue.Items(value);
        if (items.Count == 0)
            return new Undefined("No aggregated item, sequence was empty.");
        return items.Aggregate((best, item) => sign * PythonValue.Compare(KeyOf(item), KeyOf(best)) > 0 ? item : best);

        object? KeyOf(object? item) => Key(path == null ? item : Attribute(item, path), caseSensitive);
    }

    private static object? Key(object? value, bool caseSensitive) => value is string text && !caseSensitive ? PythonStrings.Lower(text) : value;
}
