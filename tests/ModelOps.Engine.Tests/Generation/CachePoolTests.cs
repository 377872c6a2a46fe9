using ModelOps.Engine.Generation;
using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tests.Training;

namespace ModelOps.Engine.Tests.Generation;

public sealed class CachePoolTests
{
    private static readonly HeadShape s_shape = HeadShape.Of(TinyModels.Config());
    private static readonly long s_cache = KeyValueCache.BytesFor(s_shape, 2, 40);

    private static GenerationRow Row(int[] prompt, int adapter = 0, int maxNewTokens = 10) =>
        new(0, new GenerationPrompt(prompt) { Adapter = adapter }, new GenerationOptions(), maxNewTokens);

    private static int[] Prompt(int shared, int own) => [.. Enumerable.Range(0, shared), .. Enumerable.Repeat(own, 5)];

    [Fact]
    public void A_prompt_takes_over_what_some_cache_knows_of_it_under_its_own_adapter()
    {
        using var pool = new CachePool(s_shape, 2, 10 * s_cache, 40);
        var first = Row(Prompt(20, 30));
        Assert.True(pool.TryReserve(first));
        Enter(pool, first);
        Assert.Equal(20, pool.Known(Row(Prompt(20, 31))));
        Assert.Equal(12, pool.Known(Row(Prompt(12, 31))));
        Assert.Equal(0, pool.Known(Row(Prompt(20, 31), adapter: 1)));
        Assert.Equal(24, pool.Known(Row(Prompt(20, 30)))); // its last token is decoded, as every later one
        pool.Return(first);
        var second = Row(Prompt(20, 31));
        Assert.True(pool.TryReserve(second));
        pool.Rent(second);
        Assert.Equal(20, second.Cache!.Filled);
        Assert.Equal(s_cache, pool.Bytes); // in place
    }

    [Fact]
    public void Tokens_that_were_not_computed_as_a_prompt_are_never_taken_over()
    {
        using var pool = new CachePool(s_shape, 2, 10 * s_cache, 40);
        var row = Row(Prompt(20, 30));
        Assert.True(pool.TryReserve(row));
        pool.Rent(row);
        Assert.Equal(0, pool.Known(Row(Prompt(20, 31))));
    }

    [Fact]
    public void What_an_adapter_computed_is_forgotten_with_it()
    {
        using var pool = new CachePool(s_shape, 2, 10 * s_cache, 40);
        GenerationRow[] rows = [Row(Prompt(20, 30)), Row(Prompt(20, 30), adapter: 1)];
        Assert.All(rows, row => Assert.True(pool.TryReserve(row)));
        Array.ForEach(rows, row => Enter(pool, row));
        Array.ForEach(rows, pool.Return);
        Assert.Equal(20, pool.Known(Row(Prompt(20, 31), adapter: 1)));
        pool.Forget(1);
        Assert.Equal(0, pool.Known(Row(Prompt(20, 31), adapter: 1)));
        Assert.Equal(20, pool.Known(Row(Prompt(20, 31))));
    }

    [Fact]
    public void The_bound_holds_for_any_rows_in_any_order_and_a_single_row_may_exceed_it()
    {
        var random = new CounterRandom(3, 0);
        ulong at = 0;
        int Next(int below) => (int)(random.Uniform(at++) * below);
        long bound = (3 * s_cache) + 100;
        using var pool = new CachePool(s_shape, 2, bound, 40);
        var held = new List<GenerationRow>();
        int refused = 0;
        for (int i = 0; i < 2000; i++)
        {
            var row = Row(Prompt(Next(25), 30 + Next(3)), adapter: Next(3) - 1, maxNewTokens: Next(60));
            if (pool.TryReserve(row))
                held.Add(Enter(pool, row));
            else
                refused++;
            Assert.True(pool.Bytes <= bound);
            if (held.Count > 0 && Next(2) == 0)
            {
                int leaving = Next(held.Count);
                pool.Return(held[leaving]);
                held.RemoveAt(leaving);
            }
        }

        Assert.InRange(refused, 100, 1900);
        held.ForEach(pool.Return);
        var large = Row(Prompt(20, 30), maxNewTokens: 1000);
        Assert.True(pool.TryReserve(large));
        pool.Rent(large);
        Assert.Equal(KeyValueCache.BytesFor(s_shape, 2, 1025), pool.Bytes);
        Assert.False(pool.TryReserve(Row([1])));
    }

    private static GenerationRow Enter(CachePool pool, GenerationRow row)
    {
        pool.Rent(row);
        row.Cache!.Filled = row.Prefill;
        return row;
    }
}
