using System.Text;

namespace ModelOps.Consume.EntryPoints;

/// <summary>C# text, line by line. Foreign text reaches it only as <see cref="Literal"/> or as a name of <see cref="Names"/>; whatever it holds, the file is ASCII.</summary>
internal sealed class SourceText
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Appends a line; an empty one stays empty.</summary>
    public SourceText Line(string line = "")
    {
        _text.Append(' ', line.Length == 0 ? 0 : 4 * _depth).Append(line).Append('\n');
        return this;
    }

    public SourceText Summary(string text) => Line($"/// <summary>{text}</summary>");

    /// <summary>Begins a block below <paramref name="line"/>.</summary>
    public SourceText Open(string line)
    {
        Line(line).Line("{");
        _depth++;
        return this;
    }

    /// <param name="end">What follows the brace.</param>
    public SourceText Close(string end = "")
    {
        _depth--;
        return Line("}" + end);
    }

    public override string ToString() => _text.ToString();

    public static string Literal(string text)
        => "\"" + string.Concat(text.Select(c => c is >= ' ' and <= '~' and not ('"' or '\\') ? c.ToString() : $"\\u{(int)c:x4}")) + "\"";
}
