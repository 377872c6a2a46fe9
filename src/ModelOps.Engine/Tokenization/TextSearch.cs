using System.Text;
using ModelOps.Engine.Tokenization.Patterns;

namespace ModelOps.Engine.Tokenization;

/// <summary>What a component looks for: a literal string, or a regular expression.</summary>
internal sealed class TextSearch
{
    private readonly string? _literal;
    private readonly TextPattern? _pattern;

    public TextSearch(string literal) => _literal = literal;

    public TextSearch(TextPattern pattern) => _pattern = pattern;

    public static TextSearch Read(JsonComponent json)
    {
        if (json.OptionalText("String") is { } literal)
            return literal.Length > 0 ? new TextSearch(literal) : throw json.Refuse("an empty string cannot be searched for");
        try
        {
            return new TextSearch(new TextPattern(json.Text("Regex")));
        }
        catch (FormatException e)
        {
            throw json.Refuse(e.Message);
        }
    }

    public bool Find(ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        if (_pattern != null)
            return _pattern.Find(text, from, out start, out end);
        int found = from > text.Length ? -1 : text[from..].IndexOf(_literal, StringComparison.Ordinal);
        start = found < 0 ? -1 : from + found;
        end = start + _literal!.Length;
        return found >= 0;
    }

    public string Replace(string text, string content)
    {
        if (_literal != null)
            return text.Replace(_literal, content, StringComparison.Ordinal);
        var result = new StringBuilder();
        int copied = 0, from = 0;
        while (Find(text, from, out int start, out int end))
        {
            result.Append(text, copied, start - copied).Append(content);
            copied = end;
            from = end > start ? end : end + 1;
        }

        return result.Append(text, copied, text.Length - copied).ToString();
    }
}
