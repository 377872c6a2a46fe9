namespace ModelOps.Core.Evaluation.Statistics;

/// <summary>A confidence interval; a limit may be infinite where the data say nothing.</summary>
public readonly record struct Interval(double Lower, double Upper)
{
    public double Width => Upper - Lower;

    public bool Contains(double value) => Lower <= value && value <= Upper;

    /// <summary>The interval of the negated value.</summary>
    public Interval Negate() => new(-Upper, -Lower);
}

/// <summary>The values that a statistic can take at all.</summary>
public readonly record struct ValueRange(double Lower, double Upper)
{
    public static ValueRange Proportion => new(0, 1);

    /// <summary>The range of a difference of two values of this range.</summary>
    public ValueRange Difference => new(Lower - Upper, Upper - Lower);
}
