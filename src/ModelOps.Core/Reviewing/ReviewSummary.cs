using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Reviewing;

/// <summary>What people say of an attribute: how far they agree, and what each subject got.</summary>
/// <param name="Raters">Who rated.</param>
/// <param name="Items">Answers with at least one rating.</param>
/// <param name="Alpha">Krippendorff's alpha on the attribute's own scale; null where nobody rated what another did.</param>
public sealed record ReviewSummary(ReviewAttribute Attribute, IReadOnlyList<string> Raters, int Items, double? Alpha)
{
    public static ReviewSummary Of(ReviewFile file, ReviewAttribute attribute)
    {
        Rating[] ratings = [.. file.Ratings.Where(r => r.Attribute == attribute.Name)];
        var units = ratings.GroupBy(r => r.Item, r => (double)attribute.IndexOf(r.Value)!.Value, StringComparer.Ordinal).Select(g => (IReadOnlyList<double>)[.. g]).ToList();
        return new ReviewSummary(
            attribute, [.. ratings.Select(r => r.Rater).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], units.Count, KrippendorffAlpha.Of(units, attribute.Scale));
    }

    /// <summary>The mean share of every rated row of a subject; not a number for the others. Empty where the attribute has no order.</summary>
    public static IReadOnlyList<double> ScoresOf(ReviewFile file, ReviewAttribute attribute, IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        Dictionary<string, double> means = file.Ratings.Where(r => r.Attribute == attribute.Name)
            .GroupBy(r => r.Item, r => attribute.Share(attribute.IndexOf(r.Value)!.Value) ?? double.NaN, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Average(), StringComparer.Ordinal);
        return [.. items.Zip(run.Answers, (item, answer) => means.GetValueOrDefault(ReviewItem.IdOf(item.Id, answer.Text), double.NaN))];
    }
}
