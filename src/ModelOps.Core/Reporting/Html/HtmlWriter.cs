using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Reporting.Html;

/// <summary>
/// HTML as interpolated strings: the literal parts are markup, and whatever stands in braces is text that somebody else may have written. It is cleaned for
/// terminals and escaped for elements and quoted attributes, so that no caller can forget it.
/// </summary>
internal sealed class HtmlWriter
{
    private const int LongestText = 2000;
    private readonly StringBuilder _text = new(1 << 16);

    public HtmlWriter Write([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup;
        return this;
    }

    /// <summary>Markup of our own: style, script, embedded data.</summary>
    public HtmlWriter Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    public override string ToString() => _text.ToString();

    private void Escape(string text)
    {
        foreach (char c in ForeignText.Clean(text, LongestText))
        {
            _ = c switch
            {
                '&' => _text.Append("&amp;"),
                '<' => _text.Append("&lt;"),
                '>' => _text.Append("&gt;"),
                '"' => _text.Append("&quot;"),
                '\'' => _text.Append("&#39;"),
                _ => _text.Append(c),
            };
        }
    }

    [InterpolatedStringHandler]
    public readonly ref struct Markup(int literalLength, int formattedCount, HtmlWriter writer)
    {
        private readonly HtmlWriter _writer = Grown(writer, literalLength + (formattedCount * 16));

        public void AppendLiteral(string markup) => _writer._text.Append(markup);

        public void AppendFormatted(string? text) => _writer.Escape(text ?? "");

        public void AppendFormatted(int number) => _writer._text.Append(number.ToString("#,0", CultureInfo.InvariantCulture));

        public void AppendFormatted(Percent place) => _writer._text.Append(place.ToString());

        private static HtmlWriter Grown(HtmlWriter writer, int more)
        {
            writer._text.EnsureCapacity(writer._text.Length + more);
            return writer;
        }
    }
}

/// <summary>A place or length inside a drawing, as a share of its width: such drawings fit any screen and their text keeps its size.</summary>
internal readonly record struct Percent(double Share)
{
    public override string ToString() => (Share * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%";
}
