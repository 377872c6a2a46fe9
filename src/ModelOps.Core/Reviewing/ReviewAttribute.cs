using System.Globalization;
using System.Text.RegularExpressions;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Reviewing;

/// <summary>One question of a rubric: what raters say about every answer, and how far apart two of their answers are.</summary>
/// <param name="Name">A word: letters, digits, <c>-</c> and <c>_</c>.</param>
/// <param name="Values">What may be said, from worst to best; at least two.</param>
public sealed partial record ReviewAttribute(string Name, RatingScale Scale, IReadOnlyList<string> Values)
{
    private const string Nominal = "nominal ";
    private const int MostValues = 101;

    /// <summary>As it is written: <c>helpful=1..5</c> (numbers), <c>tone=rude,plain,kind</c> (ranks, worst first), <c>topic=nominal a,b,c</c> (names without an order).</summary>
    /// <returns>Null when it cannot be read.</returns>
    public static ReviewAttribute? TryParse(string text)
    {
        if (Written().Match(text.Trim()) is not { Success: true } match)
        {
            return null;
        }

        string name = match.Groups["name"].Value, said = match.Groups["values"].Value.Trim();
        if (Range().Match(said) is { Success: true } range)
        {
            int from = int.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture), to = int.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture);
            return to > from && to - from < MostValues
                ? new ReviewAttribute(name, RatingScale.Interval, [.. Enumerable.Range(from, to - from + 1).Select(v => v.ToString(CultureInfo.InvariantCulture))]) : null;
        }

        bool nominal = said.StartsWith(Nominal, StringComparison.Ordinal);
        string[] values = (nominal ? said[Nominal.Length..] : said).Split(',', StringSplitOptions.TrimEntries);
        return values.Length is >= 2 and < MostValues && values.All(v => v.Length > 0) && values.Distinct(StringComparer.OrdinalIgnoreCase).Count() == values.Length
            ? new ReviewAttribute(name, nominal ? RatingScale.Nominal : RatingScale.Ordinal, values) : null;
    }

    public override string ToString() => Scale switch
    {
        RatingScale.Interval => $"{Name}={Values[0]}..{Values[^1]}",
        RatingScale.Nominal => $"{Name}={Nominal}{string.Join(',', Values)}",
        _ => $"{Name}={string.Join(',', Values)}",
    };

    /// <summary>The place of what a rater wrote among the values, letter case aside; null when it is none of them.</summary>
    public int? IndexOf(string said)
    {
        int at = Values.ToList().FindIndex(v => v.Equals(said.Trim(), StringComparison.OrdinalIgnoreCase));
        return at < 0 ? null : at;
    }

    /// <summary>A value as a share of the way from worst to best. Names without an order have none unless there are two of them.</summary>
    public double? Share(int index) => Scale == RatingScale.Nominal && Values.Count > 2 ? null : (double)index / (Values.Count - 1);

    [GeneratedRegex(@"^(?<name>[\p{L}\p{N}_-]{1,40})\s*=\s*(?<values>.+)$")]
    private static partial Regex Written();

    [GeneratedRegex(@"^(-?\d{1,6})\s*\.\.\s*(-?\d{1,6})$")]
    private static partial Regex Range();
}
