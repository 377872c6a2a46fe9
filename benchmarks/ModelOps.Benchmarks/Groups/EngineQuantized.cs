using System.Globalization;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// QLoRA over NF4 weights: its time against LoRA over the same weights in bf16, its bytes, and one step at the dimensions of Qwen2.5-1.5B with
/// random weights. Rank 8 on q, k, v and o, rows of 256 tokens, all scored; each run in a process of its own.
/// </summary>
internal static class EngineQuantized
{
    private const string Preset = "smol135m", Large = "qwen1.5b";
    private const int LargeBatch = 2;
    private const double Megabyte = 1 << 20;

    public static IEnumerable<Measure> Measures(string root)
    {
        yield return new Measure("engine/qlora", "ms/token", "<=", 1.25, () => Time("nf4"), () => Time("lora")) { Pairs = 3 };
        yield return new Measure("engine/qlora-bytes", "MB", "<=", 0.27, () => LinearBytes("nf4") / Megabyte, () => LinearBytes("none") / Megabyte) { Pairs = 1 };
        yield return new Measure("engine/qlora-bytes/peak", "MB", "<=", 1, () => Peak("nf4"), () => Peak("lora")) { Pairs = 1 };

        // One run gives both figures: it writes 3 GB and takes its time.
        var step = new Lazy<IReadOnlyDictionary<string, double>>(() => Train(Large, "nf4", LargeBatch, 1, 0));
        yield return new Measure("engine/qlora-1.5b", "MB", "<=", 1, () => step.Value["peakBytes"] / Megabyte, () => 4096) { Pairs = 1 };
        yield return new Measure("engine/qlora-1.5b/rows", "rows/s", ">=", 0, () => step.Value["rowsPerSecond"], () => 1) { Pairs = 1 };
    }

    private static double Time(string method) => 1000 / Train(Preset, method, 8, 3, 1)["tokensPerSecond"];

    private static double Peak(string method) => Train(Preset, method, 8, 1, 0)["peakBytes"] / Megabyte;

    private static double LinearBytes(string quantization) => EngineProcess.Run("linear-bytes", EngineModels.Folder(Preset), quantization)["bytes"];

    private static IReadOnlyDictionary<string, double> Train(string preset, string method, int batch, int steps, int skip) =>
        EngineProcess.Run("train", [EngineModels.Folder(preset), method, "2", Text(batch), Text(steps), Text(skip)]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
