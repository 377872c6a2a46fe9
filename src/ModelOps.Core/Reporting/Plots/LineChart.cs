using System.Globalization;
using System.Text;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Plots;

/// <summary>Lines over steps. The lines stretch with the page and keep their strength; the labels keep their size.</summary>
internal static class LineChart
{
    private const int Height = 240;
    private const int Foot = 26;
    private const int Top = 16;

    /// <summary>More points than this are thinned out: a screen has no more columns.</summary>
    private const int MostPoints = 1200;

    public static void Write(HtmlWriter html, string description, IReadOnlyList<(string Kind, IReadOnlyList<(double X, double Y)> Points)> lines, double? mark)
    {
        var points = lines.SelectMany(line => line.Points).ToList();
        Axis y = Axis.Over(points.Select(p => p.Y).Append(0)), x = Axis.Over(points.Select(p => p.X).Append(0));
        html.Write($"""<svg class="chart" height="{Height}" role="img" aria-label="{description}">""");
        foreach (double tick in y.Ticks)
        {
            int at = (int)Math.Round(Place(y, tick) * (Height - Foot - Top)) + Top;
            html.Write($"""<line class="grid" x1="0" x2="100%" y1="{at}" y2="{at}"/><text x="100%" y="{at - 3}" text-anchor="end">{y.Label(tick)}</text>""");
        }

        html.Write($"""<svg y="{Top}" height="{Height - Foot - Top}" width="100%" viewBox="0 0 1000 1000" preserveAspectRatio="none" class="lines">""");
        if (mark is { } chosen)
        {
            html.Raw(string.Create(CultureInfo.InvariantCulture, $"<line class=\"mark\" x1=\"{x.At(chosen).Share * 1000:0.#}\" x2=\"{x.At(chosen).Share * 1000:0.#}\" y1=\"0\" y2=\"1000\"/>"));
        }

        foreach ((string kind, IReadOnlyList<(double X, double Y)> line) in lines)
        {
            html.Write($"""<polyline class="{kind}" points=" """).Raw(Points(line, x, y)).Write($""" "/>""");
        }

        html.Write($"</svg>");
        html.Write($"""<text x="0" y="{Height - 6}">{x.Label(x.Lower)}</text><text x="100%" y="{Height - 6}" text-anchor="end">{x.Label(x.Upper)} steps</text></svg>""");
    }

    private static double Place(Axis axis, double value) => 1 - axis.At(value).Share;

    private static string Points(IReadOnlyList<(double X, double Y)> line, Axis x, Axis y)
    {
        int every = (line.Count + MostPoints - 1) / MostPoints;
        var text = new StringBuilder();
        for (int i = 0; i < line.Count; i++)
        {
            if (i % every == 0 || i == line.Count - 1)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? " " : "")}{x.At(line[i].X).Share * 1000:0.#},{Place(y, line[i].Y) * 1000:0.#}");
            }
        }

        return text.ToString();
    }
}
