using System.Globalization;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// LoRA training (rank 8 on q, k, v and o, batch 8) against PyTorch doing the same, each in a process of its own. The engine's weights are
/// stored in bf16, as models are published, the peer's in f32; both compute in f32.
/// </summary>
internal static class EngineTraining
{
    private const int Batch = 8;
    private const string Threads = "2";

    public static IEnumerable<Measure> Measures(string root)
    {
        PyTorchPeer peer = PyTorchPeer.Find(root);
        var rows = new TrainingData(root);
        yield return Speed(peer, "tiny15m", 2.0, steps: 8, skip: 2) with { Pairs = 3 };
        yield return Speed(peer, "smol135m", 2.0, steps: 3, skip: 1) with { Pairs = 3 };
        yield return new Measure("engine/train/memory", "MB", "<=", 0.2,
            () => Ours("smol135m", 1, 0)["peakBytes"] / (1 << 20),
            () => PyTorchPeer.Summary(peer.Run(Arguments("smol135m", 1, 0)), "peak_rss_mb"))
        {
            Pairs = 2, Missing = () => peer.Missing,
        };
        yield return Rows(peer, "engine/train/rows", 5, () => rows.Shuffled, full: true, root, rows);
        yield return Rows(peer, "engine/train/rows-sorted", 2.5, () => rows.Sorted, full: false, root, rows);
        yield return new Measure("engine/scaling", "tokens/s", ">=", 1.85,
            () => Train("tiny15m", "lora", "2", 8, 2)["tokensPerSecond"],
            () => Train("tiny15m", "lora", "1", 8, 2)["tokensPerSecond"]);
        yield return new Measure("engine/lora-memory", "MB", "<=", 0.2,
            () => Train("smol135m", "lora", Threads, 1, 0)["peakBytes"] / (1 << 20),
            () => Train("smol135m", "full", Threads, 1, 0)["peakBytes"] / (1 << 20)) { Pairs = 2 };
    }

    private static Measure Speed(PyTorchPeer peer, string preset, double bound, int steps, int skip) =>
        new($"engine/train/{preset}", "tokens/s", ">=", bound,
            () => Ours(preset, steps, skip)["tokensPerSecond"],
            () => PyTorchPeer.Summary(peer.Run(Arguments(preset, steps, skip)), "tokens_per_s"))
        {
            Missing = () => peer.Missing,
        };

    // Rows of very different lengths: 40 batches, and the rate over all of them but the first two.
    private static Measure Rows(PyTorchPeer peer, string name, double bound, Func<string> peerData, bool full, string root, TrainingData rows)
    {
        const int Steps = TrainingData.Rows / Batch, Skip = 2;
        string script = full ? peer.Script : Path.Combine(root, "benchmarks", "peers", "torch_scored_head.py");
        string[] before = full ? [] : [peer.Script];
        return new Measure(name, "rows/s", ">=", bound,
            () => Train("tiny15m", "lora", Threads, Steps, Skip, rows.Shuffled)["rowsPerSecond"],
            () => RowsPerSecond(peer.RunScript(script, [.. before, .. Arguments("tiny15m", Steps, Skip), "--data", peerData()]), Skip))
        {
            Missing = () => peer.Missing ?? rows.Missing,
        };
    }

    private static double RowsPerSecond(IReadOnlyList<System.Text.Json.JsonElement> lines, int skip)
    {
        double[] seconds = [.. lines.SkipLast(1).Skip(skip).Select(line => line.GetProperty("seconds").GetDouble())];
        return Batch * seconds.Length / seconds.Sum();
    }

    private static IReadOnlyDictionary<string, double> Ours(string preset, int steps, int skip) => Train(preset, "lora", Threads, steps, skip);

    private static IReadOnlyDictionary<string, double> Train(string preset, string method, string threads, int steps, int skip, string? data = null) =>
        EngineProcess.Run("train", [EngineModels.Folder(preset), method, threads, Text(Batch), Text(steps), Text(skip), .. data is null ? [] : new[] { data }]);

    private static string[] Arguments(string preset, int steps, int skip) =>
        ["train", "--preset", preset, "--threads", Threads, "--batch", Text(Batch), "--steps", Text(steps), "--skip", Text(skip)];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
