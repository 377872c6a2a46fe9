using System.Globalization;
using ModelOps.Engine.Models;

namespace ModelOps.Benchmarks;

/// <summary>Models of the peer's dimensions with random weights, written once per run of the benchmark, in bf16, as models are published.</summary>
internal static class EngineModels
{
    private static readonly Dictionary<string, string> s_folders = new(StringComparer.Ordinal);

    /// <summary>Dimensions by the names of the peer's <c>--preset</c>.</summary>
    public static LlamaConfig Config(string preset) => preset switch
    {
        "tiny15m" => new LlamaConfig
        {
            HiddenSize = 288, LayerCount = 6, HeadCount = 6, KeyValueHeadCount = 6, HeadSize = 48, IntermediateSize = 768,
            VocabularySize = 32000, RopeTheta = 10_000, NormEpsilon = 1e-5f, TieWordEmbeddings = true,
        },
        "smol135m" => new LlamaConfig
        {
            HiddenSize = 576, LayerCount = 30, HeadCount = 9, KeyValueHeadCount = 3, HeadSize = 64, IntermediateSize = 1536,
            VocabularySize = 49152, RopeTheta = 100_000, NormEpsilon = 1e-5f, TieWordEmbeddings = true,
        },
        "qwen1.5b" => new LlamaConfig
        {
            ModelType = "qwen2", HiddenSize = 1536, LayerCount = 28, HeadCount = 12, KeyValueHeadCount = 2, HeadSize = 128, IntermediateSize = 8960,
            VocabularySize = 151936, RopeTheta = 1e6, NormEpsilon = 1e-6f, TieWordEmbeddings = true, QkvBias = true, MaxPositions = 32768,
        },
        _ => throw new ArgumentException($"no preset '{preset}'", nameof(preset)),
    };

    /// <summary>Folder of a model of these dimensions.</summary>
    public static string Folder(string preset)
    {
        if (!s_folders.TryGetValue(preset, out string? folder))
        {
            folder = Path.Combine(Scratch.Folder, string.Create(CultureInfo.InvariantCulture, $"model-{preset}"));
            EngineProcess.Run(Config(preset).ParameterCount < 1_000_000_000 ? "write-model" : "write-large-model", preset, folder); // its memory is no part of any measure
            s_folders[preset] = folder;
        }

        return folder;
    }
}
