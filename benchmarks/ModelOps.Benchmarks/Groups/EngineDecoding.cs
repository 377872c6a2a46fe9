using System.Globalization;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// Greedy decoding at the dimensions of <c>smol135m</c>, two threads, against PyTorch doing the same: 16 tokens of prompt, then 64 new ones;
/// the prompt's time is left out on both sides. The engine's weights are stored in bf16, as models are published, the peer's in f32; both
/// compute in f32. The engine also takes each token's log-probability, which the peer does not.
/// </summary>
internal static class EngineDecoding
{
    private const string Preset = "smol135m";
    private const string Prompt = "16", NewTokens = "64";

    public static IEnumerable<Measure> Measures(string root)
    {
        PyTorchPeer peer = PyTorchPeer.Find(root);
        yield return Speed(peer, "engine/decode/b1", 4, "1");
        yield return Speed(peer, "engine/decode/b1-gemv", 3, "1", "--gemv");
        yield return new Measure("engine/decode/bandwidth", "GB/s", ">=", 0.6,
            () => Decode("1")["weightBytesPerSecond"] / 1e9, () => EngineProcess.Run("read-memory")["bytesPerSecond"] / 1e9);
        yield return Speed(peer, "engine/decode/b16", 3, "16");
    }

    private static Measure Speed(PyTorchPeer peer, string name, double bound, string batch, params string[] options) =>
        new(name, "tokens/s", ">=", bound,
            () => Decode(batch)["tokensPerSecond"],
            () => PyTorchPeer.Summary(peer.Run(
                ["generate", "--preset", Preset, "--threads", "2", "--batch", batch, "--prompt-len", Prompt, "--new-tokens", NewTokens, .. options]),
                "decode_tokens_per_s"))
        {
            Missing = () => peer.Missing,
        };

    private static IReadOnlyDictionary<string, double> Decode(string batch) =>
        EngineProcess.Run("decode", EngineModels.Folder(Preset), "2", batch, Prompt, NewTokens);
}
