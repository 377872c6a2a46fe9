using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;

namespace ModelOps.Engine.Tests.Generation;

public sealed class TokenSamplerTests
{
    private const int Draws = 20_000;
    private static readonly float[] s_logits = [.. Enumerable.Range(0, 12).Select(i => (float)(2 * new CounterRandom(8, 0).Normal((ulong)i)))];

    [Theory]
    [InlineData(1, 0, 1, 1)]
    [InlineData(0.7, 0, 1, 1)]
    [InlineData(1.3, 5, 1, 1)]
    [InlineData(1, 0, 0.8, 1)]
    [InlineData(1.5, 6, 0.7, 1)]
    [InlineData(1.2, 0, 0.9, 1.5)]
    [InlineData(0.9, 4, 1, 0.6)]
    public void Draws_follow_the_distribution_that_the_settings_define(double temperature, int topK, double topP, double penalty)
    {
        var options = new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP, RepetitionPenalty = penalty, Seed = 5 };
        int[] prompt = [1, 3, 3, 7];
        var counts = new int[s_logits.Length];
        for (int i = 0; i < Draws; i++)
        {
            // A sampler of its own for each draw: what it has chosen weighs on what follows.
            counts[new TokenSampler(options, new GenerationPrompt(prompt, (ulong)i)).Choose(s_logits, 0)]++;
        }

        double[] expected = Distribution(options, prompt);
        for (int i = 0; i < counts.Length; i++)
            Assert.Equal(expected[i], counts[i] / (double)Draws, 4.5 * Math.Sqrt(expected[i] * (1 - expected[i]) / Draws));
    }

    [Fact]
    public void What_was_chosen_is_penalized_from_then_on()
    {
        var sampler = new TokenSampler(new GenerationOptions { RepetitionPenalty = 2 }, new GenerationPrompt([0]));
        float[] logits = [9, 8, 5, 3, -1];
        Assert.Equal([1, 2, 0, 0], Enumerable.Range(0, 4).Select(i => sampler.Choose(logits, i))); // 4.5 4 2.5, and once is all
        Assert.Equal(4, new TokenSampler(new GenerationOptions { RepetitionPenalty = 2 }, new GenerationPrompt([0])).Choose([-1, -3, -3, -3, -1.5f], 0));
    }

    [Fact]
    public void Draws_depend_on_seed_row_repeat_and_position_and_nothing_else()
    {
        ulong stream = GenerationPrompt.StreamOf("row", 1);
        int[] Draw(ulong seed, ulong of, params int[] prompt) => [.. Enumerable.Range(0, 40).Select(i =>
            new TokenSampler(new GenerationOptions { Temperature = 1, Seed = seed }, new GenerationPrompt(prompt, of)).Choose(s_logits, i))];
        int[] first = Draw(1, stream, 4, 5);
        Assert.Equal(first, Draw(1, stream, 6));
        Assert.NotEqual(first, Draw(2, stream, 4, 5));
        Assert.NotEqual(first, Draw(1, GenerationPrompt.StreamOf("row", 2), 4, 5));
        Assert.NotEqual(first, Draw(1, GenerationPrompt.StreamOf("other", 1), 4, 5));
        Assert.True(first.Distinct().Count() > 3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Only_allowed_tokens_are_chosen(double temperature)
    {
        var allowed = new TokenSet(s_logits.Length);
        allowed.Add(2);
        allowed.Add(9);
        var options = new GenerationOptions { Temperature = temperature, TopK = 1 };
        int best = s_logits[2] > s_logits[9] ? 2 : 9;
        Assert.Equal(best, new TokenSampler(options, new GenerationPrompt([1])).Choose(s_logits, 0, allowed));
        float[] hopeless = [.. s_logits.Select(_ => float.NegativeInfinity)];
        Assert.Contains(new TokenSampler(options, new GenerationPrompt([1])).Choose(hopeless, 0, allowed), new[] { 2, 9 });
    }

    /// <summary>In Transformers' order: penalty, temperature, top-k, top-p.</summary>
    private static double[] Distribution(GenerationOptions options, int[] prompt)
    {
        double[] scores = [.. s_logits.Select((l, i) => !prompt.Contains(i) ? l : l < 0 ? l * options.RepetitionPenalty : l / options.RepetitionPenalty)];
        scores = [.. scores.Select(s => s / options.Temperature)];
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i])];
        if (options.TopK > 0)
            order = order[..options.TopK];
        double total = order.Sum(i => Math.Exp(scores[i])), reached = 0;
        var result = new double[scores.Length];
        foreach (int i in order)
        {
            result[i] = Math.Exp(scores[i]) / total;
            reached += result[i];
            if (reached >= options.TopP)
                break;
        }

        return [.. result.Select(p => p / reached)];
    }
}
