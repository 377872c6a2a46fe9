/// <summary>Counts of fault and property tests: small and seeded in every run, the full ones with <c>./build.sh test --soak</c>.</summary>
internal static class Soak
{
    private static readonly bool s_on = Environment.GetEnvironmentVariable("MODELOPS_TEST_SOAK") == "1";

    public static int Count(int quick, int full) => s_on ? full : quick;

    /// <summary>Numbers of equal parts of a long test, so that each can be run by itself: part 0 in every run, all with <c>--soak</c>.</summary>
    public static IEnumerable<object[]> Parts(int full) => Enumerable.Range(0, Count(1, full)).Select(part => new object[] { part });
}
