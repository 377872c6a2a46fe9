using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>JSON into a template's values, and <c>tojson</c> as Transformers defines it: Python's <c>json.dumps</c> with <c>ensure_ascii=False</c>.</summary>
internal static class JinjaJson
{
    /// <exception cref="JinjaTypeException">A number that neither 64 bits nor a double hold.</exception>
    public static object? Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.Undefined: return null;
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            case JsonValueKind.String: return element.GetString();
            case JsonValueKind.Number: return ReadNumber(element.GetRawText());
            case JsonValueKind.Array: return element.EnumerateArray().Select(Read).ToList();
            default:
                var map = new JinjaDictionary();
                foreach (var property in element.EnumerateObject())
                    map[property.Name] = Read(property.Value);
                return map;
        }
    }

    public static object? Write(object? value, JinjaArguments arguments)
    {
        arguments.Allow(4, "ensure_ascii", "indent", "separators", "sort_keys");
        var indent = arguments.Get(1, "indent") switch
        {
            null => null,
            long width => new string(' ', (int)Math.Clamp(width, 0, 64)),
            string text => text,
            var other => throw new JinjaTypeException($"an indent is an integer or a string, not {PythonValue.TypeName(other)}"),
        };
        var (comma, colon) = arguments.Get(2, "separators") switch
        {
            null => (indent == null ? ", " : ",", ": "),
            object?[] and [string c, string k] => (c, k),
            List<object?> and [string c, string k] => (c, k),
            _ => throw new JinjaTypeException("separators are two strings"),
        };
        var writer = new Writer(
            indent, comma, colon, PythonValue.IsTrue(arguments.Get(0, "ensure_ascii", false)), PythonValue.IsTrue(arguments.Get(3, "sort_keys", false)));
        return writer.Write(value);
    }

    private static object ReadNumber(string text)
    {
        bool isWhole = !text.AsSpan().ContainsAny('.', 'e', 'E');
        if (isWhole && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return whole;
        double number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsInfinity(number) || (isWhole && new BigInteger(number) != BigInteger.Parse(text, CultureInfo.InvariantCulture)))
            throw new JinjaTypeException($"the number {text} is outside what can be kept exactly");
        return isWhole ? throw new JinjaTypeException($"the integer {text} is larger than 64 bits") : number;
    }

    private sealed class Writer(string? indent, string comma, string colon, bool asciiOnly, bool sortKeys)
    {
        private readonly StringBuilder _text = new();
        private int _depth;

        public string Write(object? value)
        {
            Add(value);
            return _text.ToString();
        }

        private void Add(object? value)
        {
            switch (value)
            {
                case null: _text.Append("null"); break;
                case bool b: _text.Append(b ? "true" : "false"); break;
                case long n: _text.Append(n.ToString(CultureInfo.InvariantCulture)); break;
                case double d: _text.Append(double.IsNaN(d) ? "NaN" : double.IsInfinity(d) ? (d > 0 ? "Infinity" : "-Infinity") : PythonText.Float(d)); break;
                case string s: AddString(s); break;
                case List<object?> or object?[]: AddAll('[', ']', PythonValue.Items(value), Add); break;
                case JinjaDictionary map:
                    var pairs = sortKeys ? map.OrderBy(p => p.Key, Comparer<string>.Create(PythonValue.Compare)) : map.AsEnumerable();
                    AddAll('{', '}', [.. pairs], AddPair);
                    break;
                default: throw new JinjaTypeException($"{PythonValue.TypeName(value)} is not JSON");
            }
        }

        private void AddPair(KeyValuePair<string, object?> pair)
        {
            AddString(pair.Key);
            _text.Append(colon);
            Add(pair.Value);
        }

        private void AddAll<T>(char open, char close, IReadOnlyList<T> items, Action<T> add)
        {
            _text.Append(open);
            _depth++;
            for (int i = 0; i < items.Count; i++)
            {
                if (i > 0)
                    _text.Append(comma);
                NewLine();
                add(items[i]);
            }

            _depth--;
            if (items.Count > 0)
                NewLine();
            _text.Append(close);
        }

        private void NewLine()
        {
            if (indent == null)
                return;
            _text.Append('\n');
            for (int i = 0; i < _depth; i++)
                _text.Append(indent);
        }

        private void AddString(string value)
        {
            _text.Append('"');
            foreach (char c in value)
            {
                int escape = "\"\\\n\r\t\b\f".IndexOf(c);
                if (escape >= 0)
                    _text.Append('\\').Append("\"\\nrtbf"[escape]);
                else if (c < 0x20 || (asciiOnly && c > 0x7E))
                    _text.Append($"\\u{(int)c:x4}");
                else
                    _text.Append(c);
            }

            _text.Append('"');
        }
    }
}
