namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>Right and wrong of two subjects on the same rows, as far as they differ.</summary>
/// <param name="OnlyFirst">Rows that only the first subject has right.</param>
/// <param name="OnlySecond">Rows that only the second subject has right.</param>
/// <param name="Rows">All rows, at least 1.</param>
public readonly record struct PairedCounts(int OnlyFirst, int OnlySecond, int Rows)
{
    /// <summary>Share right of the first minus share right of the second.</summary>
    public double Difference => (double)(OnlyFirst - OnlySecond) / Rows;

    /// <summary>Share of the rows on which the two differ.</summary>
    public double Discordant => (double)(OnlyFirst + OnlySecond) / Rows;

    public PairedCounts Swap() => new(OnlySecond, OnlyFirst, Rows);
}
