using System.Text.Json.Nodes;
using ModelOps.Pipeline.Workers;

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

    public static JsonObject Measure(WorkerRun run) => new()
    {
        ["seconds"] = run.Result.Seconds,
        ["steps"] = run.Result.Steps,
        ["tokens"] = run.Result.Tokens,
        ["tokensPerSecond"] = run.Result is { Tokens: { } tokens, Seconds: > 0 and { } seconds } ? Math.Round(tokens / seconds, 1) : null,
        ["metrics"] = new JsonArray([.. run.Metrics.Select(m => new JsonObject { ["name"] = m.Name, ["value"] = m.Value, ["epoch"] = m.Epoch, ["step"] = m.Step })]),
    };
}
