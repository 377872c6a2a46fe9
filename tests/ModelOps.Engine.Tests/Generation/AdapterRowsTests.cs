using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tests.Training;

namespace ModelOps.Engine.Tests.Generation;

/// <summary>Several adapters over one loaded base: a row's answer depends on its own adapter and on no other.</summary>
public sealed class AdapterRowsTests : IDisposable
{
    private static readonly LlamaConfig s_config = TinyModels.Config();
    private readonly LlamaModel _model = TinyModels.Random(s_config);
    private readonly LoraAdapter[] _adapters =
    [
        TinyAdapters.Random(s_config, ["q_proj", "v_proj", "down_proj"]),
        TinyAdapters.Random(s_config, ["k_proj", "o_proj", "gate_proj", "up_proj"], rank: 7),
        TinyAdapters.Random(s_config, ["q_proj"], rank: 1),
    ];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(30, 0.9)]
    public void An_answer_is_the_same_alone_among_other_adapters_and_after_a_swap(int sharedPrefix, double temperature)
    {
        var options = new GenerationOptions { MaxNewTokens = 12, Temperature = temperature, Seed = 4, StopTokenIds = [3, 4, 5], MaxBatchRows = 5 };
        var prompts = TinyModels.Rows(16, s_config.VocabularySize, longest: 30).Select((row, i) =>
            new GenerationPrompt([.. Enumerable.Range(1, sharedPrefix), .. row.Tokens], (ulong)i) { Adapter = (i * 7 % 4) - 1 }).ToList();
        using var generator = new Generator(_model, _adapters, threads: 3);
        var mixed = generator.Generate(prompts, options);
        for (int i = 0; i < prompts.Count; i++)
        {
            var alone = AloneOver(prompts[i], options);
            Assert.Equal(alone.Tokens, mixed[i].Tokens);
            Assert.Equal(alone.LogProbabilities, mixed[i].LogProbabilities);
        }

        // Each adapter by itself over all rows in between, and then the mixture once more.
        for (int adapter = 0; adapter < _adapters.Length; adapter++)
            generator.Generate([.. prompts.Select(p => p with { Adapter = adapter })], options);
        var again = generator.Generate(prompts, options);
        Assert.Equal(mixed.SelectMany(r => r.LogProbabilities), again.SelectMany(r => r.LogProbabilities));
    }

    [Fact]
    public void Adapters_change_answers()
    {
        using var generator = new Generator(_model, _adapters, threads: 2);
        int[] prompt = [1, 2, 3, 4, 5, 6];
        var answers = generator.Generate(
            [.. Enumerable.Range(-1, 4).Select(a => new GenerationPrompt(prompt) { Adapter = a })], new GenerationOptions { MaxNewTokens = 8 });
        Assert.Equal(4, answers.Select(a => string.Join(' ', a.LogProbabilities)).Distinct().Count());
    }

    [Fact]
    public void An_adapter_that_was_not_given_is_named()
    {
        using var generator = new Generator(_model, _adapters, threads: 1);
        var good = new GenerationPrompt([1]);
        var thrown = Assert.Throws<GenerationException>(() => generator.Generate([good, good with { Adapter = 3 }], new GenerationOptions()));
        Assert.Equal(1, thrown.Row);
        Assert.Throws<GenerationException>(() => generator.Generate([good with { Adapter = -2 }], new GenerationOptions()));
    }

    public void Dispose()
    {
        foreach (var adapter in _adapters)
            adapter.Dispose();
        _model.Dispose();
    }

    /// <summary>Through a generator that knows the row's adapter only.</summary>
    private GeneratedRow AloneOver(GenerationPrompt prompt, GenerationOptions options)
    {
        LoraAdapter? adapter = prompt.Adapter < 0 ? null : _adapters[prompt.Adapter];
        using var generator = new Generator(_model, adapter, threads: 1);
        return generator.Generate([prompt with { Adapter = 0 }], options)[0];
    }
}
