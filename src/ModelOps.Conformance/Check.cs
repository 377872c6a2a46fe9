namespace ModelOps.Conformance;

/// <summary>How a check ended.</summary>
public enum CheckOutcome
{
    Passed,

    /// <summary>The worker refused by a code what it need not offer.</summary>
    NotOffered,
    Failed,
}

/// <summary>One thing that the worker protocol asks of every worker.</summary>
/// <param name="Name">Short and stable, such as <c>resume-after-kill</c>.</param>
/// <param name="Sentence">What must hold.</param>
public sealed record Check(string Name, string Sentence, Action<Workbench> Run)
{
    public override string ToString() => Name;
}

/// <param name="Detail">What was seen instead, or why nothing was to be seen; empty for a check that passed.</param>
public sealed record CheckResult(Check Check, CheckOutcome Outcome, string Detail, TimeSpan Took);

/// <summary>The worker did not do what the protocol says.</summary>
public sealed class NonconformityException(string message) : Exception(message);

/// <summary>The worker refused, by a code, what the protocol leaves to it.</summary>
public sealed class NotOfferedException(string message) : Exception(message);

internal static class Expect
{
    public static void That(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new NonconformityException(otherwise);
        }
    }

    public static void Equal<T>(T expected, T actual, string what)
        => That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what} is {Text(actual)}; expected {Text(expected)}");

    public static void Same(IEnumerable<string> expected, IEnumerable<string> actual, string what)
    {
        string[] missing = [.. expected.Except(actual)], extra = [.. actual.Except(expected)];
        That(missing.Length == 0 && extra.Length == 0, $"{what}: {(missing.Length > 0 ? $"missing {string.Join(", ", missing)}; " : "")}{(extra.Length > 0 ? $"unexpected {string.Join(", ", extra)}" : "")}");
    }

    public static void Near(double expected, double actual, double tolerance, string what)
        => That(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"{what} is {actual:R}; expected {expected:R} within {tolerance:R}");

    private static string Text<T>(T value) => value is null ? "nothing" : $"'{value}'";
}
