using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Benchmarks.Groups;

/// <summary>What the engine's process does for the measures of decoding and opening.</summary>
internal static unsafe class DecodingVerb
{
    private const int Repeats = 3;

    /// <summary>
    /// <c>decode MODEL THREADS BATCH PROMPT NEW</c>: greedy, after one pass to warm up. Returns the medians <c>tokensPerSecond</c> and
    /// <c>weightBytesPerSecond</c>: a step reads every weight once, and with a tied head the embedding as the head.
    /// </summary>
    public static Dictionary<string, double> Decode(string[] arguments)
    {
        int Number(int index) => int.Parse(arguments[index], CultureInfo.InvariantCulture);
        int batch = Number(2), newTokens = Number(4);
        using var model = LlamaModel.Load(arguments[0]);
        var network = new LlamaNetwork(model, []);
        using var team = new ThreadTeam(Number(1));
        double[] seconds = [.. Enumerable.Range(0, Repeats + 1).Select(_ => StepSeconds(network, team, batch, Number(3), newTokens))];
        double step = Runner.Median(seconds[1..]);
        long bytes = new FileInfo(Path.Combine(arguments[0], "model.safetensors")).Length;
        return new() { ["tokensPerSecond"] = batch / step, ["weightBytesPerSecond"] = bytes / step };
    }

    /// <summary><c>open MODEL PROMPT</c>: from the folder to the first token.</summary>
    public static Dictionary<string, double> Open(string[] arguments)
    {
        using var model = LlamaModel.Load(arguments[0]);
        using var generator = new Generator(model, threads: 2);
        int[] prompt = RandomPrompt(new Random(1), int.Parse(arguments[1], CultureInfo.InvariantCulture), model.Config.VocabularySize);
        generator.Generate([new GenerationPrompt(prompt)], new GenerationOptions { MaxNewTokens = 1 });
        return [];
    }

    /// <summary><c>read-memory</c>: two threads stream through 1 GiB, far more than any cache. Returns the best <c>bytesPerSecond</c> of eight.</summary>
    public static Dictionary<string, double> ReadMemory(string[] arguments)
    {
        const int Parts = 1 << 10, PartFloats = 1 << 18;
        using var memory = new FloatBuffer((long)Parts * PartFloats);
        using var team = new ThreadTeam(2);
        var sums = new float[Parts];
        float* start = memory.Pointer;
        memory.Span.Fill(1); // Pages never written are all one page of zeros, which stays in the cache.
        double best = 0;
        for (int pass = 0; pass < 8; pass++)
        {
            long began = Stopwatch.GetTimestamp();
            team.For(Parts, part => sums[part] = Sum(start + (long)part * PartFloats, PartFloats));
            best = Math.Max(best, Parts * (double)PartFloats * sizeof(float) / Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return sums.Sum() > 0 ? new() { ["bytesPerSecond"] = best } : throw new InvalidOperationException("the memory was not read");
    }

    private static double StepSeconds(LlamaNetwork network, ThreadTeam team, int batch, int prompt, int newTokens)
    {
        var random = new Random(1);
        var options = new GenerationOptions { MaxNewTokens = newTokens, MaxBatchRows = batch };
        using var session = new DecodingSession(network, team, prompt + newTokens, Math.Max(batch * prompt, batch), batch, options.MaxCacheBytes);
        GenerationRow[] rows = [.. Enumerable.Range(0, batch).Select(i =>
            new GenerationRow(i, new GenerationPrompt(RandomPrompt(random, prompt, network.Config.VocabularySize)), options, newTokens))];
        if (!rows.All(session.TryReserve))
        {
            throw new InvalidOperationException("the caches have no room for the batch");
        }

        session.Enter(rows);
        session.Advance(rows, null); // the first token belongs to the prompt
        long began = Stopwatch.GetTimestamp();
        for (int token = 1; token < newTokens; token++)
        {
            session.Advance(rows, null);
        }

        return Stopwatch.GetElapsedTime(began).TotalSeconds / (newTokens - 1);
    }

    private static int[] RandomPrompt(Random random, int length, int vocabulary) => [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];

    private static float Sum(float* at, int count)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (int i = 0; i < count; i += 64)
        {
            a += Vector512.Load(at + i);
            b += Vector512.Load(at + i + 16);
            c += Vector512.Load(at + i + 32);
            d += Vector512.Load(at + i + 48);
        }

        return Vector512.Sum(a + b + (c + d));
    }
}
