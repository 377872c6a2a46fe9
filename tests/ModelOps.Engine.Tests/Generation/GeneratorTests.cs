using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tests.Training;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Generation;

public sealed class GeneratorTests
{
    private static readonly LlamaConfig s_config = TinyModels.Config();

    private static List<GenerationPrompt> Prompts(int shared) =>
        [.. TinyModels.Rows(9, s_config.VocabularySize, longest: 30).Select((row, i) =>
            new GenerationPrompt([.. Enumerable.Range(1, shared).Select(t => t % s_config.VocabularySize), .. row.Tokens], (ulong)i))];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 0.9)]
    [InlineData(21, 0)]
    [InlineData(21, 0.9)]
    [InlineData(70, 0)]
    public void An_answer_is_the_same_alone_and_in_any_batch(int sharedPrefix, double temperature)
    {
        using var model = TinyModels.Random(s_config);
        using var adapter = TinyAdapters.Random(s_config, ["q_proj", "v_proj", "down_proj"]);
        using var one = new Generator(model, adapter, threads: 1);
        using var three = new Generator(model, adapter, threads: 3);
        var options = new GenerationOptions { MaxNewTokens = 12, Temperature = temperature, TopK = 20, TopP = 0.95, Seed = 4, StopTokenIds = [3, 4, 5] };
        var prompts = Prompts(sharedPrefix);
        var batch = three.Generate(prompts, options with { MaxBatchRows = 4 });
        var all = one.Generate(prompts, options with { MaxBatchRows = 32 });
        for (int i = 0; i < prompts.Count; i++)
        {
            var alone = one.Generate([prompts[i]], options)[0];
            Assert.Equal(alone.Tokens, batch[i].Tokens);
            Assert.Equal(alone.LogProbabilities, batch[i].LogProbabilities);
            Assert.Equal(alone.Tokens, all[i].Tokens);
            Assert.Equal(alone.LogProbabilities, all[i].LogProbabilities);
        }

        Assert.Contains(batch, row => row.Reason == StopReason.Length);
        Assert.True(batch.Select(row => string.Join(' ', row.Tokens)).Distinct().Count() > 4);
    }

    [Fact]
    public void Threads_that_decode_apart_give_the_answers_of_one_and_tell_them_where_they_were_asked()
    {
        using var model = TinyModels.Random(s_config);
        using var adapter = TinyAdapters.Random(s_config, ["q_proj", "down_proj"]);
        using var one = new Generator(model, adapter, threads: 1);
        using var three = new Generator(model, adapter, threads: 3);
        var options = new GenerationOptions { MaxNewTokens = 9, Temperature = 0.9, Seed = 4, StopTokenIds = [3, 4, 5] };
        GenerationPrompt[] prompts = [.. Enumerable.Range(0, 20).SelectMany(i => Prompts(i % 3 * 17).Select(p => p with { Stream = p.Stream + (ulong)(100 * i), Adapter = i % 4 == 0 ? GenerationPrompt.NoAdapter : 0 }))];
        var told = new List<(int Index, int Thread)>();
        var apart = three.Generate(prompts, options, (index, _) => told.Add((index, Environment.CurrentManagedThreadId)));
        var together = one.Generate(prompts, options);
        Assert.Equal(together.SelectMany(r => r.Tokens), apart.SelectMany(r => r.Tokens));
        Assert.Equal(together.SelectMany(r => r.LogProbabilities), apart.SelectMany(r => r.LogProbabilities));
        Assert.Equal(Enumerable.Range(0, prompts.Length), told.Select(t => t.Index).Order());
        Assert.All(told, t => Assert.Equal(Environment.CurrentManagedThreadId, t.Thread));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => three.Generate(prompts, options, cancellation: cancelled.Token));
        Assert.Equal(together[7].Tokens, three.Generate(prompts, options)[7].Tokens);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(3, 0)]
    [InlineData(3, 2)]
    [InlineData(4, 1000)]
    public void Rows_that_wait_are_taken_once_by_whoever_has_room(int takers, int count)
    {
        GenerationRow[] rows = [.. Enumerable.Range(0, count).Select(i => new GenerationRow(i, new GenerationPrompt([1]), new GenerationOptions(), 1))];
        var waiting = new WaitingRows(rows, takers);
        var taken = new System.Collections.Concurrent.ConcurrentBag<int>();
        Assert.Null(waiting.Take(0, _ => false));
        Parallel.For(0, takers, taker =>
        {
            while (waiting.Take(taker, _ => true) is { } row)
                taken.Add(row.Index);
        });
        Assert.Equal(Enumerable.Range(0, count), taken.Order());
        var alone = new WaitingRows(rows, takers);
        List<int> order = [];
        while (alone.Take(0, _ => true) is { } row)
            order.Add(row.Index);
        Assert.Equal(Enumerable.Range(0, count / takers), order.Take(count / takers));
        Assert.Equal(count, order.Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Memory_for_one_row_or_for_a_few_gives_the_answers_of_plenty(int sharedPrefix)
    {
        using var model = TinyModels.Random(s_config);
        using var generator = new Generator(model, threads: 2);
        var prompts = Prompts(sharedPrefix);
        var options = new GenerationOptions { MaxNewTokens = 9, Temperature = 0.8, MaxBatchRows = 4, StopTokenIds = [3, 4, 5] };
        var plenty = generator.Generate(prompts, options);
        foreach (long bytes in new[] { 0, 40_000, 90_000 })
        {
            var tight = generator.Generate(prompts, options with { MaxCacheBytes = bytes });
            Assert.Equal(plenty.SelectMany(r => r.Tokens), tight.SelectMany(r => r.Tokens));
            Assert.Equal(plenty.SelectMany(r => r.LogProbabilities), tight.SelectMany(r => r.LogProbabilities));
        }
    }

    [Fact]
    public void Greedy_answers_are_the_likeliest_tokens_of_the_full_forward_pass()
    {
        using var model = TinyModels.Random(s_config);
        using var generator = new Generator(model, threads: 2);
        using var scorer = new Scorer(model, threads: 2);
        var prompt = Prompts(0)[0];
        var answer = generator.Generate([prompt], new GenerationOptions { MaxNewTokens = 10 })[0];
        int[] text = [.. prompt.Tokens, .. answer.Tokens];
        bool[] scored = [.. text.Select((_, i) => i >= prompt.Tokens.Length)];
        double sum = scorer.Score([new TrainingExample(text, scored)])[0].LogProbability;
        Assert.Equal(sum, answer.LogProbabilities.Sum(p => (double)p), 1e-4);
        Assert.All(scorer.ScoreTokens([new TrainingExample(text, scored)])[0], token => Assert.True(token.IsLikeliest));
        foreach (int other in Enumerable.Range(0, s_config.VocabularySize).Where(t => t != answer.Tokens[0]))
        {
            TokenScore rival = scorer.ScoreTokens([new TrainingExample([.. prompt.Tokens, other], [.. prompt.Tokens.Select(_ => false), true])])[0][0];
            Assert.True(rival.LogProbability <= answer.LogProbabilities[0] + 1e-5 && !rival.IsLikeliest);
        }
    }

    [Fact]
    public void Stop_strings_and_stop_tokens_end_an_answer_and_are_not_part_of_it()
    {
        using var model = TinyModels.Random(s_config);
        using var generator = new Generator(model, threads: 2);
        var prompt = Prompts(0)[..1];
        var tokenizer = TinyTokenizer.Of([.. Enumerable.Range(0, s_config.VocabularySize).Select(t => $"<{t}>")]);
        string Decode(IReadOnlyList<int> tokens) => string.Concat(tokens.Select(t => $"<{t}>"));
        var options = new GenerationOptions { MaxNewTokens = 10, Tokenizer = tokenizer };
        var whole = generator.Generate(prompt, options)[0];
        Assert.Equal((StopReason.Length, 10, Decode(whole.Tokens)), (whole.Reason, whole.Tokens.Count, whole.Text));

        string stop = $"<{whole.Tokens[3]}><{whole.Tokens[4]}>";
        var text = generator.Generate(prompt, options with { StopStrings = ["never", stop] })[0];
        Assert.Equal(StopReason.StopString, text.Reason);
        Assert.Equal(whole.Text![..whole.Text!.IndexOf(stop, StringComparison.Ordinal)], text.Text);

        // The pieces that come on the way are the text.
        var pieces = new List<string>();
        generator.Generate(prompt, options with { StopStrings = ["never", stop] }, onText: (_, piece) => pieces.Add(piece));
        Assert.Equal(text.Text, string.Concat(pieces));
        Assert.InRange(pieces.Count, 2, 10);

        int token = whole.Tokens[3], at = whole.Tokens.ToList().IndexOf(token);
        var cut = generator.Generate(prompt, options with { StopTokenIds = [token] })[0];
        Assert.Equal(StopReason.StopToken, cut.Reason);
        Assert.Equal(whole.Tokens.Take(at), cut.Tokens);
    }

    [Fact]
    public void Top_k_of_one_and_a_tiny_nucleus_are_greedy()
    {
        using var model = TinyModels.Random(s_config);
        using var generator = new Generator(model, threads: 2);
        var prompts = Prompts(0);
        var greedy = generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 6 });
        var topK = generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 6, Temperature = 1, TopK = 1 });
        var topP = generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 6, Temperature = 1, TopP = 1e-9 });
        for (int i = 0; i < prompts.Count; i++)
        {
            Assert.Equal(greedy[i].Tokens, topK[i].Tokens);
            Assert.Equal(greedy[i].Tokens, topP[i].Tokens);
        }
    }

    [Fact]
    public void Alternatives_are_the_likeliest_tokens_and_the_greedy_token_leads_them()
    {
        using var model = TinyModels.Random(s_config);
        using var generator = new Generator(model, threads: 2);
        var prompts = Prompts(0);
        var plain = generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 6 });
        var rows = generator.Generate(prompts, new GenerationOptions { MaxNewTokens = 6, TopLogProbabilities = 20 });
        for (int i = 0; i < rows.Count; i++)
        {
            Assert.Equal(plain[i].LogProbabilities, rows[i].LogProbabilities);
            Assert.Empty(plain[i].TopLogProbabilities);
            Assert.Equal(rows[i].Tokens, rows[i].TopLogProbabilities.Select(t => t[0].Token));
            Assert.Equal(rows[i].LogProbabilities, rows[i].TopLogProbabilities.Select(t => t[0].LogProbability));
            Assert.All(rows[i].TopLogProbabilities, t => Assert.Equal(20, t.DistinctBy(a => a.Token).Count()));
            Assert.All(rows[i].TopLogProbabilities, t => Assert.Equal(t.OrderByDescending(a => a.LogProbability), t));
            Assert.All(rows[i].TopLogProbabilities, t => Assert.InRange(t.Sum(a => Math.Exp(a.LogProbability)), 20.0 / s_config.VocabularySize, 1.00001));
        }
    }

    [Fact]
    public void Answers_end_where_the_positions_do_and_bad_prompts_are_named()
    {
        using var model = TinyModels.Random(s_config with { MaxPositions = 16 });
        using var generator = new Generator(model, threads: 1);
        int[] tokens = [.. Enumerable.Range(1, 14)];
        Assert.Equal(2, generator.Generate([new GenerationPrompt(tokens)], new GenerationOptions())[0].Tokens.Count);
        var good = new GenerationPrompt([1]);
        Assert.Equal(1, Assert.Throws<GenerationException>(() => generator.Generate([good, new GenerationPrompt([])], new GenerationOptions())).Row);
        Assert.Equal(1, Assert.Throws<GenerationException>(() => generator.Generate([good, new GenerationPrompt([99])], new GenerationOptions())).Row);
        Assert.Equal(1, Assert.Throws<GenerationException>(() => generator.Generate([good, new GenerationPrompt(new int[17])], new GenerationOptions())).Row);
    }

    [Fact]
    public void A_row_scores_the_same_alone_and_packed()
    {
        using var model = TinyModels.Random(s_config);
        using var scorer = new Scorer(model, threads: 2);
        var rows = TinyModels.Rows(12, s_config.VocabularySize);
        rows.Add(new TrainingExample([1, 2, 3], [true, false, false]));
        var together = scorer.Score(rows);
        for (int i = 0; i < rows.Count; i++)
            Assert.Equal(scorer.Score([rows[i]])[0], together[i]);
        Assert.Equal(new RowScore(0, 0), together[^1]);
    }
}
