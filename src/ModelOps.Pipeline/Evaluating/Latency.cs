using System.Text.Json.Nodes;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>How long answers took where they were generated; measured, so it stays outside of keys and packages.</summary>
internal static class Latency
{
    public static JsonObject Of(IReadOnlyList<AnswerLine> answers)
    {
        double[] sorted = [.. answers.Select(a => a.Milliseconds).Order()];
        double seconds = sorted.Sum() / 1000;
        return new JsonObject
        {
            ["answers"] = sorted.Length,
            ["millisecondsMedian"] = Math.Round(sorted[sorted.Length / 2], 2),
            ["milliseconds95"] = Math.Round(sorted[Math.Min(sorted.Length - 1, sorted.Length * 95 / 100)], 2),
            ["tokensPerSecond"] = seconds > 0 ? Math.Round(answers.Sum(a => (double)a.CompletionTokens) / seconds, 1) : null,
        };
    }
}
