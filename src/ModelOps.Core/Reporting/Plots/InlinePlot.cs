using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Plots;

/// <summary>
/// Drawings that stand in a table's cell: the numbers beside them say the same, so they are hidden from screen readers. Places are shares of the width, so that
/// a drawing is as wide as its column on any screen.
/// </summary>
internal static class InlinePlot
{
    /// <summary>A value with its interval; a line across every row of the column where <paramref name="mark"/> is.</summary>
    public static void Whisker(HtmlWriter html, Axis axis, double value, Interval interval, string kind, double? mark = null)
    {
        Begin(html, axis);
        if (mark is { } bound)
        {
            html.Write($"""<line class="mark" x1="{axis.At(bound)}" x2="{axis.At(bound)}" y1="0" y2="28"/>""");
        }

        Percent low = axis.At(double.IsFinite(interval.Lower) ? interval.Lower : axis.Lower), high = axis.At(double.IsFinite(interval.Upper) ? interval.Upper : axis.Upper);
        html.Write($"""<g class="whisker {kind}"><line x1="{low}" x2="{high}" y1="14" y2="14"/>""");
        html.Write($"""<line x1="{low}" x2="{low}" y1="10" y2="18"/><line x1="{high}" x2="{high}" y1="10" y2="18"/>""");
        html.Write($"""<circle cx="{axis.At(value)}" cy="14" r="4.5"/></g></svg>""");
    }

    /// <summary>Shares of one whole side by side, each with the class of its part.</summary>
    public static void Shares(HtmlWriter html, IReadOnlyList<(string Kind, double Share)> parts)
    {
        html.Write($"""<svg class="plot" height="28" aria-hidden="true" focusable="false">""");
        double at = 0;
        foreach ((string kind, double share) in parts)
        {
            html.Write($"""<rect class="{kind}" x="{new Percent(at)}" width="{new Percent(share)}" y="7" height="14"/>""");
            at += share;
        }

        html.Write($"</svg>");
    }

    /// <summary>Bars of equal width, each as high as its share of the highest.</summary>
    public static void Bars(HtmlWriter html, IReadOnlyList<int> counts, string kind)
    {
        const int Height = 36;
        int most = Math.Max(1, counts.Max());
        html.Write($"""<svg class="plot bars {kind}" height="{Height}" aria-hidden="true" focusable="false">""");
        for (int i = 0; i < counts.Count; i++)
        {
            int height = counts[i] == 0 ? 0 : Math.Max(1, (int)((double)counts[i] / most * (Height - 2)));
            html.Write($"""<rect x="{new Percent((i + 0.06) / counts.Count)}" width="{new Percent(0.88 / counts.Count)}" y="{Height - height}" height="{height}"/>""");
        }

        html.Write($"</svg>");
    }

    /// <summary>The scale below a column of drawings.</summary>
    public static void Scale(HtmlWriter html, Axis axis)
    {
        html.Write($"""<svg class="plot scale" height="18" aria-hidden="true" focusable="false">""");
        foreach (double tick in axis.Ticks)
        {
            html.Write($"""<text x="{axis.At(tick)}" y="13" text-anchor="middle">{axis.Label(tick)}</text>""");
        }

        html.Write($"</svg>");
    }

    private static void Begin(HtmlWriter html, Axis axis)
    {
        html.Write($"""<svg class="plot" height="28" aria-hidden="true" focusable="false">""");
        foreach (double tick in axis.Ticks)
        {
            html.Write($"""<line class="grid" x1="{axis.At(tick)}" x2="{axis.At(tick)}" y1="0" y2="28"/>""");
        }
    }
}
