using System.Globalization;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>
/// How many examples a prompt shows is fitted: every count is tried on validation rows, and the best one is asked about the held-out rows. This names all that decides it, so the
/// key of an evaluation is known before anybody was asked.
/// </summary>
/// <param name="Counts">The counts that are tried, each 1 or more, in ascending order.</param>
/// <param name="Rows">Identity of the validation rows that decide.</param>
/// <param name="Metric">What is compared on them.</param>
public sealed record ShotChoice(IReadOnlyList<int> Counts, Digest Rows, MetricSpec Metric)
{
    /// <summary>What <c>Shots="Auto"</c> tries.</summary>
    public static IReadOnlyList<int> Auto { get; } = [1, 2, 4, 8];

    /// <summary>So many validation rows decide at most, the first ones in canonical order: a choice among four counts needs no more, and each row is asked once for every count.</summary>
    public const int MostRows = 200;

    /// <summary>Part of the prompt's fields.</summary>
    public KeyFields AddTo(KeyFields fields) => fields.Add("shots", new KeyFields()
        .Add("of", Counts.Select(count => count.ToString(CultureInfo.InvariantCulture)))
        .Add("fittedOn", Rows)
        .Add("by", Metric.Key));
}

/// <summary>What fitting found.</summary>
/// <param name="Shots">The count that was chosen: the best value, and of equal ones the fewest examples.</param>
/// <param name="Metric">What was compared, as reports name it.</param>
/// <param name="Rows">How many validation rows decided.</param>
/// <param name="Tried">Every count with its value.</param>
public sealed record FittedShots(int Shots, string Metric, int Rows, IReadOnlyList<(int Shots, double Value)> Tried)
{
    /// <summary>Chooses.</summary>
    /// <param name="tried">In ascending order of counts; at least one.</param>
    public static FittedShots Of(IMetric metric, int rows, IReadOnlyList<(int Shots, double Value)> tried)
        => new(tried.Aggregate((best, next) => metric.Scale.IsBetter(next.Value, best.Value) ? next : best).Shots, metric.Spec.ToString(), rows, tried);
}
