/// <summary>Counts of fault and property tests: small and seeded in every run, the full ones with <c>./build.sh test --soak</c>.</summary>
internal static class Soak
{
    private static readonly bool s_on = Environment.GetEnvironmentVariable("MODELOPS_TEST_SOAK") == "1";

    public static int Count(int quick, int full) => s_on ? full : quick;
}
