using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Generation;

/// <summary>Chooses the next token from logits: the likeliest (the lowest id of equals), or one drawn after temperature, top-k and top-p.</summary>
internal sealed class TokenSampler(GenerationOptions options, GenerationPrompt prompt)
{
    private readonly CounterRandom _random = new(options.Seed, StreamOf(prompt));

    /// <param name="index">Number of the token within the answer; keys its random draw.</param>
    internal int Choose(ReadOnlySpan<float> logits, int index) =>
        options.Temperature == 0 ? Greedy(logits) : Sample(logits, _random.Uniform((ulong)index));

    private static int Greedy(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
                best = i;
        }

        return best;
    }

    private int Sample(ReadOnlySpan<float> logits, double draw)
    {
        var ids = new int[logits.Length];
        var keys = new float[logits.Length];
        for (int i = 0; i < ids.Length; i++)
            (ids[i], keys[i]) = (i, -logits[i]);
        // Equal logits keep the order of their ids, whatever the sort does.
        Array.Sort(ids, (a, b) => keys[a] != keys[b] ? keys[a].CompareTo(keys[b]) : a.CompareTo(b));
        int kept = options.TopK > 0 ? Math.Min(options.TopK, ids.Length) : ids.Length;
        var weights = new double[kept];
        double total = 0, inverse = 1 / options.Temperature;
        for (int i = 0; i < kept; i++)
            total += weights[i] = PortableMath.Exp((logits[ids[i]] - (double)logits[ids[0]]) * inverse);
        double nucleus = 0;
        int last = 0;
        for (; last < kept - 1 && (nucleus + weights[last]) / total < options.TopP; last++)
            nucleus += weights[last];
        double target = draw * (nucleus + weights[last]);
        for (int i = 0; i < last; i++)
        {
            target -= weights[i];
            if (target < 0)
                return ids[i];
        }

        return ids[last];
    }

    // The prompt itself keys the stream, so that a row draws the same numbers in any batch.
    private static ulong StreamOf(GenerationPrompt prompt)
    {
        ulong stream = prompt.Stream;
        foreach (int token in prompt.Tokens)
            stream = new CounterRandom(stream, (ulong)token).Bits(0);
        return stream;
    }
}
