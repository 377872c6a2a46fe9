using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Training;

/// <summary>Models small enough to differentiate by hand, and rows for them.</summary>
internal static class TinyModels
{
    internal static LlamaConfig Config(bool tied = true, bool bias = false) => new()
    {
        HiddenSize = 24,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 6,
        IntermediateSize = 40,
        VocabularySize = 37,
        NormEpsilon = 1e-5f,
        TieWordEmbeddings = tied,
        QkvBias = bias,
        OutputBias = bias,
        MaxPositions = 128,
    };

    /// <summary>Weights large enough that every gradient stands out of the rounding.</summary>
    internal static unsafe LlamaModel Random(LlamaConfig config, ulong seed = 1, double deviation = 0.3)
    {
        var model = LlamaModel.CreateRandom(config, seed);
        var parameters = model.MakeTrainable();
        for (int p = 0; p < parameters.All.Count; p++)
        {
            var random = new CounterRandom(seed + 100, (ulong)p);
            var parameter = parameters.All[p];
            bool isNorm = parameter.Name.EndsWith("norm.weight", StringComparison.Ordinal);
            for (long i = 0; i < parameter.Length; i++)
                parameter.Value[i] = (float)((isNorm ? 1 : 0) + deviation * random.Normal((ulong)i));
        }

        return model;
    }

    /// <summary>Pairs that share a prompt; every token of an answer is scored.</summary>
    internal static List<PreferenceExample> Pairs(int count, int vocabulary, ulong seed = 8)
    {
        var random = new CounterRandom(seed, 78);
        ulong at = 0;
        int Next(int below) => (int)(random.Uniform(at++) * below);
        int[] Tokens(int shortest, int longest) => [.. Enumerable.Range(0, shortest + Next(longest - shortest + 1)).Select(_ => Next(vocabulary))];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int[] prompt = Tokens(2, 9);
            TrainingExample Side(int[] answer) => new([.. prompt, .. answer], [.. prompt.Select(_ => false), .. answer.Select(_ => true)]);
            return new PreferenceExample(Side(Tokens(1, 8)), Side(Tokens(1, 8)));
        })];
    }

    internal static TrainingRows PairRows(int count, int vocabulary) =>
        new("training", [.. Pairs(count, vocabulary).SelectMany(p => new[] { p.Chosen, p.Rejected })], 64, vocabulary, 2);

    internal static List<TrainingExample> Rows(int count, int vocabulary, ulong seed = 5, int shortest = 4, int longest = 20)
    {
        var random = new CounterRandom(seed, 77);
        ulong at = 0;
        int Next(int below) => (int)(random.Uniform(at++) * below);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int length = shortest + Next(longest - shortest + 1);
            int[] tokens = [.. Enumerable.Range(0, length).Select(_ => Next(vocabulary))];
            bool[] scored = [.. Enumerable.Range(0, length).Select(i => i == length - 1 || Next(3) > 0)];
            return new TrainingExample(tokens, scored);
        })];
    }
}
