using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tests.Training;

namespace ModelOps.Engine.Tests.Generation;

/// <summary>A loop that many ask at once: everybody gets the answer they would get alone, and nobody waits for ever.</summary>
public sealed class BatchLoopTests : IDisposable
{
    private static readonly LlamaConfig s_config = TinyModels.Config();
    private static readonly BatchLoopOptions s_loop = new() { Threads = 2, MaxBatchRows = 5, MaxCacheBytes = 1 << 20 };
    private readonly LlamaModel _model = TinyModels.Random(s_config);
    private readonly LoraAdapter[] _adapters =
    [
        TinyAdapters.Random(s_config, ["q_proj", "v_proj", "down_proj"]),
        TinyAdapters.Random(s_config, ["k_proj", "o_proj", "gate_proj", "up_proj"], rank: 7),
        TinyAdapters.Random(s_config, ["q_proj"], rank: 1),
    ];

    [Fact]
    public async Task Whoever_asks_gets_the_answer_they_get_alone()
    {
        using var loop = new BatchLoop(_model, s_loop);
        int[] numbers = [GenerationPrompt.NoAdapter, .. _adapters.Select(loop.Add)];
        (GenerationPrompt Prompt, GenerationOptions Options)[] asked = [.. Enumerable.Range(0, Soak.Count(60, 2000)).Select(Question)];

        GeneratedRow[] answers = await Task.WhenAll(asked.Select((question, i) => Task.Run(async () =>
        {
            var steps = new List<GenerationStep>();
            var answer = await loop.SubmitAsync(question.Prompt with { Adapter = numbers[i % 4] }, question.Options, steps.Add);
            Assert.Equal(answer.Tokens, steps.Where(s => s.Token is not null).Select(s => s.Token!.Value.Token));
            return answer;
        })));

        for (int i = 0; i < asked.Length; i++)
        {
            using var generator = new Generator(_model, i % 4 == 0 ? null : _adapters[(i % 4) - 1], threads: 1);
            var alone = generator.Generate([asked[i].Prompt], asked[i].Options)[0];
            Assert.Equal(alone.Tokens, answers[i].Tokens);
            Assert.Equal(alone.LogProbabilities, answers[i].LogProbabilities);
            Assert.Equal(alone.TopLogProbabilities.SelectMany(t => t), answers[i].TopLogProbabilities.SelectMany(t => t));
        }
    }

    [Fact]
    public async Task Adapters_come_and_go_between_two_tokens()
    {
        using var loop = new BatchLoop(_model, s_loop);
        var options = new GenerationOptions { MaxNewTokens = 20 };
        int[] prompt = [1, 2, 3, 4, 5, 6];
        string[] expected = [.. _adapters.Select(adapter =>
        {
            using var generator = new Generator(_model, adapter, threads: 1);
            return string.Join(' ', generator.Generate([new GenerationPrompt(prompt)], options)[0].LogProbabilities);
        })];
        Task[] others = [.. Enumerable.Range(0, 4).Select(_ => loop.SubmitAsync(new GenerationPrompt(prompt) { Adapter = GenerationPrompt.NoAdapter }, options with { MaxNewTokens = 60 }))];
        for (int round = 0; round < 12; round++)
        {
            int number = loop.Add(_adapters[round % 3]);
            var answer = await loop.SubmitAsync(new GenerationPrompt(prompt) { Adapter = number }, options);
            Assert.Equal(expected[round % 3], string.Join(' ', answer.LogProbabilities)); // and no cache of the last one that had the number
            loop.Remove(number);
            Assert.Throws<ArgumentException>(() => { _ = loop.SubmitAsync(new GenerationPrompt(prompt) { Adapter = number }, options); });
        }

        await Task.WhenAll(others);
    }

    [Fact]
    public async Task Removing_an_adapter_ends_its_rows_and_no_other()
    {
        using var loop = new BatchLoop(_model, s_loop);
        int number = loop.Add(_adapters[0]);
        var forever = new GenerationOptions { MaxNewTokens = s_config.MaxPositions };
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mine = loop.SubmitAsync(new GenerationPrompt([1, 2, 3]) { Adapter = number }, forever, _ => begun.TrySetResult());
        var other = loop.SubmitAsync(new GenerationPrompt([1, 2, 3]) { Adapter = GenerationPrompt.NoAdapter }, forever);
        await Task.WhenAny(begun.Task, mine);
        loop.Remove(number);
        var end = await Record.ExceptionAsync(() => mine);
        Assert.True(end is null or ObjectDisposedException, end?.ToString());
        Assert.NotEmpty((await other).Tokens);
    }

    [Fact]
    public async Task A_cancelled_or_deaf_reader_leaves_and_the_others_stay()
    {
        using var loop = new BatchLoop(_model, s_loop);
        var options = new GenerationOptions { MaxNewTokens = 40 };
        var prompt = new GenerationPrompt([1, 2, 3]) { Adapter = GenerationPrompt.NoAdapter };
        var expected = await loop.SubmitAsync(prompt, options);
        for (int round = 0; round < 10; round++)
        {
            using var cancelled = new CancellationTokenSource();
            int heard = 0;
            Task<GeneratedRow>[] asked =
            [
                loop.SubmitAsync(prompt, options),
                loop.SubmitAsync(prompt, options, _ => { if (++heard == 3) cancelled.Cancel(); }, cancelled.Token),
                loop.SubmitAsync(prompt, options, _ => throw new InvalidOperationException("deaf")),
                .. Enumerable.Range(0, 6).Select(_ => loop.SubmitAsync(prompt, options)),
            ];
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked[1]);
            Assert.Equal("deaf", (await Assert.ThrowsAsync<InvalidOperationException>(() => asked[2])).Message);
            Assert.All(await Task.WhenAll([asked[0], .. asked[3..]]), answer => Assert.Equal(expected.LogProbabilities, answer.LogProbabilities));
        }
    }

    [Fact]
    public async Task A_loop_that_goes_ends_everybody()
    {
        for (int round = 0; round < 5; round++)
        {
            var loop = new BatchLoop(_model, s_loop);
            Task[] asked = [.. Enumerable.Range(0, 12).Select(i => loop.SubmitAsync(new GenerationPrompt([1, 2, i + 1]) { Adapter = GenerationPrompt.NoAdapter }, new GenerationOptions { MaxNewTokens = 50 }))];
            await Task.Delay(round);
            loop.Dispose();
            foreach (var task in asked)
            {
                var end = await Record.ExceptionAsync(() => task);
                Assert.True(end is null or ObjectDisposedException, end?.ToString());
            }

            Assert.Throws<ObjectDisposedException>(() => { _ = loop.SubmitAsync(new GenerationPrompt([1]), new GenerationOptions()); });
            loop.Dispose();
        }
    }

    [Fact]
    public async Task A_bad_question_is_refused_at_once()
    {
        using var loop = new BatchLoop(_model, s_loop);
        var bare = new GenerationPrompt([1]) { Adapter = GenerationPrompt.NoAdapter };
        Assert.Throws<GenerationException>(() => { _ = loop.SubmitAsync(bare with { Tokens = [] }, new GenerationOptions()); });
        Assert.Throws<GenerationException>(() => { _ = loop.SubmitAsync(bare with { Tokens = new int[s_config.MaxPositions + 1] }, new GenerationOptions()); });
        Assert.Throws<ArgumentException>(() => { _ = loop.SubmitAsync(bare with { Adapter = 0 }, new GenerationOptions()); });
        Assert.Throws<ArgumentException>(() => { _ = loop.SubmitAsync(bare, new GenerationOptions { Temperature = -1 }); });
        Assert.Equal(StopReason.Length, (await loop.SubmitAsync(bare with { Tokens = new int[s_config.MaxPositions] }, new GenerationOptions())).Reason);
    }

    public void Dispose()
    {
        foreach (var adapter in _adapters)
            adapter.Dispose();
        _model.Dispose();
    }

    private static (GenerationPrompt, GenerationOptions) Question(int i)
    {
        int[] own = TinyModels.Rows(1, s_config.VocabularySize, longest: 5 + (i * 13 % 30), seed: (ulong)i)[0].Tokens;
        return (new GenerationPrompt(i % 2 == 0 ? [.. Enumerable.Range(1, 20), .. own] : own, (ulong)i), new GenerationOptions
        {
            MaxNewTokens = 1 + (i * 7 % 17), Temperature = i % 3 == 0 ? 0.9 : 0, TopK = i % 5 == 0 ? 8 : 0, Seed = (ulong)(i % 4), StopTokenIds = i % 2 == 0 ? [3, 4, 5] : [],
            TopLogProbabilities = i % 4 == 1 ? 3 : 0, RepetitionPenalty = i % 6 == 0 ? 1.2 : 1,
        });
    }
}
