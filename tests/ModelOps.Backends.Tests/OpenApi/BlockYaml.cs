using System.Globalization;
using System.Text.Json.Nodes;

namespace ModelOps.Backends.Tests.OpenApi;

/// <summary>The part of YAML in which OpenAPI documents are written: indented mappings and lists, plain and quoted scalars, flow lists, and block text, whose content no test needs.</summary>
internal sealed class BlockYaml
{
    private readonly List<(int Indent, string Text)> _lines;
    private int _at;

    private BlockYaml(IEnumerable<string> lines)
        => _lines = [.. lines.Where(l => l.Trim().Length > 0 && !l.TrimStart().StartsWith('#')).Select(l => (l.Length - l.TrimStart().Length, l.TrimStart().TrimEnd()))];

    public static JsonNode Read(string path) => new BlockYaml(File.ReadLines(path)).Node(0)!;

    private JsonNode? Node(int indent)
    {
        if (_at >= _lines.Count || _lines[_at].Indent < indent)
        {
            return null;
        }

        return _lines[_at].Text is "-" || _lines[_at].Text.StartsWith("- ", StringComparison.Ordinal) ? List(_lines[_at].Indent) : Mapping(_lines[_at].Indent);
    }

    private JsonArray List(int indent)
    {
        var list = new JsonArray();
        while (_at < _lines.Count && _lines[_at].Indent == indent && (_lines[_at].Text == "-" || _lines[_at].Text.StartsWith("- ", StringComparison.Ordinal)))
        {
            string rest = _lines[_at].Text[1..].TrimStart();
            if (rest.Length > 0 && Split(rest) is not null)
            {
                // The item's first member stands behind the dash.
                int inner = indent + (_lines[_at].Text.Length - rest.Length);
                _lines[_at] = (inner, rest);
                list.Add(Mapping(inner));
            }
            else
            {
                _at++;
                list.Add(rest.Length == 0 ? Node(indent + 1) : Value(rest, indent));
            }
        }

        return list;
    }

    private JsonObject Mapping(int indent)
    {
        var map = new JsonObject();
        while (_at < _lines.Count && _lines[_at].Indent == indent && Split(_lines[_at].Text) is var (name, rest))
        {
            _at++;
            map[name] = rest.Length > 0 ? Value(rest, indent)
                : _at < _lines.Count && _lines[_at].Indent == indent && _lines[_at].Text.StartsWith("- ", StringComparison.Ordinal) ? List(indent) : Node(indent + 1);
        }

        // Text that goes on in further lines.
        while (_at < _lines.Count && _lines[_at].Indent > indent)
        {
            _at++;
        }

        return map;
    }

    private JsonNode? Value(string text, int indent)
    {
        bool block = text is ['|' or '>', ..];
        while (_at < _lines.Count && _lines[_at].Indent > indent)
        {
            _at++; // block text, or a plain scalar that goes on
        }

        if (block)
        {
            return JsonValue.Create("");
        }

        return text switch
        {
            ['\'', .., '\''] or ['"', .., '"'] => JsonValue.Create(text[1..^1]),
            ['[', .., ']'] => new JsonArray([.. text[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(item => Value(item, int.MaxValue - 1))]),
            "null" or "~" => null,
            "true" or "false" => JsonValue.Create(text == "true"),
            "{}" => new JsonObject(),
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? JsonValue.Create(number) : JsonValue.Create(text),
        };
    }

    /// <summary>A name and what stands behind its colon; null when the text is a scalar.</summary>
    private static (string Name, string Tail)? Split(string text)
    {
        int end = text[0] is '\'' or '"' ? text.IndexOf(text[0], 1) + 1 : 0, colon = text.IndexOf(':', end);
        while (colon >= 0 && colon + 1 < text.Length && text[colon + 1] != ' ')
        {
            colon = text.IndexOf(':', colon + 1);
        }

        return colon <= 0 || text[0] is '{' or '[' ? null : (text[..colon].Trim('\'', '"'), text[(colon + 1)..].Trim());
    }
}
