using System.Diagnostics;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// Opening a bf16 folder of 135M parameters: the whole life of a fresh process that loads it, computes a prompt of 16 tokens and the logits
/// after it, and exits. The runtime's own start and the compilation of every method are inside; the file is in the page cache.
/// </summary>
internal static class EngineOpening
{
    private const double Limit = 0.5;

    public static IEnumerable<Measure> Measures(string root)
    {
        yield return new Measure("engine/open", "s", "<=", 1, Open, () => Limit) { Prepare = () => EngineModels.Folder("smol135m") };
    }

    private static double Open()
    {
        long started = Stopwatch.GetTimestamp();
        EngineProcess.Run("open", EngineModels.Folder("smol135m"), "16");
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
