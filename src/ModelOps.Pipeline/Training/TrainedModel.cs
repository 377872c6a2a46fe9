using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Training;

/// <summary>What a trainer leaves.</summary>
internal static class TrainedModel
{
    private static readonly string[] s_adapter = ["adapter_config.json", "adapter_model.safetensors"];
    private static readonly string[] s_full = ["config.json", "model.safetensors", "tokenizer.json"];

    /// <exception cref="Core.Diagnostics.DiagnosticException">A file is missing.</exception>
    public static void Check(string folder, string method)
    {
        foreach (string file in method == "full" ? s_full : s_adapter)
        {
            if (new FileInfo(Path.Combine(folder, file)) is not { Exists: true, Length: > 0 })
            {
                throw TrainErrors.Incomplete(folder, file);
            }
        }
    }

    public static System.Text.Json.Nodes.JsonObject Measure(ResultEvent result) => new()
    {
        ["seconds"] = result.Seconds,
        ["steps"] = result.Steps,
        ["tokens"] = result.Tokens,
        ["tokensPerSecond"] = result is { Tokens: { } tokens, Seconds: > 0 and { } seconds } ? Math.Round(tokens / seconds, 1) : null,
    };
}
