using System.Globalization;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// Evaluating the sample's base model: a thousand rows of its ticket data under three prompting baselines (zero-shot, fixed shots, the three nearest training
/// rows), all in one batch that shares what prompts begin with, against one request at a time on every tenth row. Greedy, the same answers.
/// </summary>
internal static class EvaluateBatched
{
    private const string Rows = "1000", EveryTenth = "10";

    public static IEnumerable<Measure> Measures(string root)
    {
        yield return new Measure("evaluate/batched", "answers/s", ">=", 4,
            () => Answer(root, "1", "batched"), () => Answer(root, EveryTenth, "single"))
        {
            Pairs = 3,
        };
    }

    private static double Answer(string root, string every, string way)
        => EngineProcess.Run("evaluate", Path.Combine(root, "sample-repo"), Rows, every, way, Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture))["answersPerSecond"];
}
