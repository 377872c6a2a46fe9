using System.Globalization;
using System.Text;

namespace ModelOps.Core.Reporting.Html;

/// <summary>
/// JSON to stand inside a <c>script</c> element: the value is exact, but no text in it can end the element, reorder what a reader sees, or be taken for a command
/// by a CI system that prints the file. ASCII letters of such sequences are written as escapes.
/// </summary>
internal sealed class ScriptJson
{
    private readonly StringBuilder _text = new(1 << 16);
    private bool _separate;

    public override string ToString() => _text.ToString();

    public ScriptJson Object(Action members) => Nested('{', members, '}');

    public ScriptJson Array(Action items) => Nested('[', items, ']');

    public ScriptJson Name(string name)
    {
        String(name);
        _text.Append(':');
        _separate = false;
        return this;
    }

    // Most scores are 0 or 1.
    public ScriptJson Number(double value) => Plain(value == 0 ? "0" : value == 1 ? "1" : double.IsFinite(value) ? value.ToString("0.######", CultureInfo.InvariantCulture) : "null");

    public ScriptJson Number(int value) => Plain(value.ToString(CultureInfo.InvariantCulture));

    public ScriptJson Numbers(IEnumerable<int> values) => Array(() =>
    {
        foreach (int value in values)
        {
            Number(value);
        }
    });

    public ScriptJson Numbers(IEnumerable<double> values) => Array(() =>
    {
        foreach (double value in values)
        {
            Number(value);
        }
    });

    public ScriptJson String(string text)
    {
        Separate();
        _text.Append('"');
        char before = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                AppendRune(new Rune(c, text[++i]));
            }
            else
            {
                AppendUnit(c, before);
            }

            before = c;
        }

        _text.Append('"');
        _separate = true;
        return this;
    }

    private void AppendUnit(char c, char before)
    {
        if (char.IsSurrogate(c))
        {
            _text.Append("\\ufffd");
        }
        else if (c is '"' or '\\')
        {
            _text.Append('\\').Append(c);
        }
        else if (c is '<' or '>' or '&' || ((c is '#' or ':') && c == before) || IsHidden(CharUnicodeInfo.GetUnicodeCategory(c)))
        {
            Escape(c);
        }
        else
        {
            _text.Append(c);
        }
    }

    private void AppendRune(Rune rune)
    {
        if (!IsHidden(Rune.GetUnicodeCategory(rune)))
        {
            _text.Append(rune.ToString());
            return;
        }

        foreach (char unit in rune.ToString())
        {
            Escape(unit);
        }
    }

    private void Escape(char c) => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");

    private static bool IsHidden(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private ScriptJson Plain(string value)
    {
        Separate();
        _text.Append(value);
        _separate = true;
        return this;
    }

    private ScriptJson Nested(char open, Action content, char close)
    {
        Separate();
        _text.Append(open);
        _separate = false;
        content();
        _text.Append(close);
        _separate = true;
        return this;
    }

    private void Separate()
    {
        if (_separate)
        {
            _text.Append(',');
        }
    }
}
