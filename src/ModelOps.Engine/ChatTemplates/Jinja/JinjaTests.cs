using System.Text;

namespace ModelOps.Engine.ChatTemplates.Jinja;

internal delegate bool JinjaTest(object? value, JinjaArguments arguments);

/// <summary>The tests behind <c>is</c>, by name.</summary>
internal static class JinjaTests
{
    private static readonly Dictionary<string, JinjaTest> s_tests = new(StringComparer.Ordinal)
    {
        ["defined"] = (v, _) => v is not Undefined,
        ["undefined"] = (v, _) => v is Undefined,
        ["none"] = (v, _) => v is null,
        ["boolean"] = (v, _) => v is bool,
        ["true"] = (v, _) => v is true,
        ["false"] = (v, _) => v is false,
        ["integer"] = (v, _) => v is long,
        ["float"] = (v, _) => v is double,
        ["number"] = (v, _) => v is long or double or bool,
        ["string"] = (v, _) => v is string,
        ["mapping"] = (v, _) => v is JinjaDictionary,
        // As upstream: whatever has a length and elements.
        ["sequence"] = (v, _) => v is string or List<object?> or object?[] or JinjaRange or JinjaDictionary or Undefined,
        ["iterable"] = (v, _) => v is string or List<object?> or object?[] or JinjaRange or JinjaDictionary or JinjaIterator or Undefined,
        ["callable"] = (v, _) => v is JinjaFunction or JinjaLoop,
        ["odd"] = (v, _) => Whole(v) % 2 != 0,
        ["even"] = (v, _) => Whole(v) % 2 == 0,
        ["divisibleby"] = (v, a) => Whole(v) % Whole(a.Get(0, "num")) == 0,
        ["lower"] = (v, _) => PythonValue.Text(v).EnumerateRunes().Any(Rune.IsLower) && !PythonValue.Text(v).EnumerateRunes().Any(Rune.IsUpper),
        ["upper"] = (v, _) => PythonValue.Text(v).EnumerateRunes().Any(Rune.IsUpper) && !PythonValue.Text(v).EnumerateRunes().Any(Rune.IsLower),
        ["in"] = (v, a) => PythonValue.Contains(a.Get(0, "seq"), v),
        ["sameas"] = (v, a) => IsSame(v, a.Get(0, "other")),
        ["eq"] = (v, a) => PythonValue.AreEqual(v, a.Get(0, "other")),
        ["ne"] = (v, a) => !PythonValue.AreEqual(v, a.Get(0, "other")),
        ["lt"] = (v, a) => PythonValue.Compare(v, a.Get(0, "other")) < 0,
        ["le"] = (v, a) => PythonValue.Compare(v, a.Get(0, "other")) <= 0,
        ["gt"] = (v, a) => PythonValue.Compare(v, a.Get(0, "other")) > 0,
        ["ge"] = (v, a) => PythonValue.Compare(v, a.Get(0, "other")) >= 0,
    };

    private static readonly Dictionary<string, string> s_aliases = new(StringComparer.Ordinal)
    {
        ["equalto"] = "eq", ["=="] = "eq", ["!="] = "ne", ["<"] = "lt", ["lessthan"] = "lt", ["<="] = "le",
        [">"] = "gt", ["greaterthan"] = "gt", [">="] = "ge",
    };

    public static JinjaTest? Find(string name) => s_tests.GetValueOrDefault(s_aliases.GetValueOrDefault(name, name));

    private static long Whole(object? value) => value switch
    {
        long n => n,
        bool b => b ? 1 : 0,
        _ => throw new JinjaTypeException($"an integer is expected, not {PythonValue.TypeName(value)}"),
    };

    private static bool IsSame(object? left, object? right) => (left, right) switch
    {
        (null, null) => true,
        (bool l, bool r) => l == r,
        (long l, long r) => l == r,
        (string l, string r) => l == r,
        _ => ReferenceEquals(left, right),
    };
}
