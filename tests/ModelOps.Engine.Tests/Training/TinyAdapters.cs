using ModelOps.Engine.Models;

namespace ModelOps.Engine.Tests.Training;

internal static class TinyAdapters
{
    /// <summary>An adapter with every tensor away from zero.</summary>
    internal static unsafe LoraAdapter Random(LlamaConfig model, IReadOnlyList<string> targets, int rank = 4)
    {
        var adapter = LoraAdapter.Create(model, new LoraConfig { Rank = rank, Alpha = 2 * rank, TargetModules = targets }, seed: 3);
        for (int p = 0; p < adapter.Parameters.All.Count; p++)
        {
            var random = new CounterRandom(11, (ulong)p);
            var parameter = adapter.Parameters.All[p];
            for (long i = 0; i < parameter.Length; i++)
                parameter.Value[i] = (float)(0.2 * random.Normal((ulong)i));
        }

        return adapter;
    }
}
