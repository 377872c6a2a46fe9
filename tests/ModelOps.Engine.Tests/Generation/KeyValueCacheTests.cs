using ModelOps.Engine.Generation;
using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Tests.Training;

namespace ModelOps.Engine.Tests.Generation;

public sealed unsafe class KeyValueCacheTests
{
    private const int Layers = 2, Tokens = 101;
    private static readonly HeadShape s_shape = HeadShape.Of(TinyModels.Config() with { HeadCount = 4, KeyValueHeadCount = 2, HeadSize = 24 });

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(37)]
    [InlineData(Tokens)]
    public void Every_token_is_in_its_place_whatever_pieces_it_came_in(int piece)
    {
        using var cache = Filled(Tokens, piece);
        Check(cache, Tokens);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(3, 64)]
    [InlineData(32, 96)]
    [InlineData(31, 33)]
    [InlineData(0, Tokens)]
    public void What_another_cache_holds_is_taken_over_and_nothing_else(int first, int end)
    {
        using var donor = Filled(Tokens, Tokens);
        using var cache = Filled(first, 9, room: end + 40);
        cache.CopyFrom(donor, first, end);
        Check(cache, end);
        Assert.Equal(0, cache.Keys(1, 1)[At(end, 3)]);
    }

    private static KeyValueCache Filled(int tokens, int piece, int room = Tokens + 1)
    {
        var cache = new KeyValueCache(s_shape, Layers, room);
        int width = s_shape.KeyValueSize;
        using FloatBuffer k = new(Math.Max(1, tokens) * width), v = new(Math.Max(1, tokens) * width);
        for (int layer = 0; layer < Layers; layer++)
        {
            for (int i = 0; i < tokens * width; i++)
                (k.Pointer[i], v.Pointer[i]) = (Value(layer, i / width, i % width), -Value(layer, i / width, i % width));
            for (int head = 0; head < s_shape.KeyValueHeads; head++)
            {
                for (int first = 0; first < tokens; first += piece)
                    cache.Append(layer, head, first, Math.Min(piece, tokens - first), k.Pointer + first * width, v.Pointer + first * width);
            }
        }

        return cache;
    }

    private static void Check(KeyValueCache cache, int tokens)
    {
        int size = s_shape.Size;
        for (int layer = 0; layer < Layers; layer++)
        {
            for (int i = 0; i < s_shape.KeyValueHeads * tokens * size; i++)
            {
                int head = i / (tokens * size), token = i / size % tokens, d = i % size;
                Assert.Equal(Value(layer, token, head * size + d), cache.Keys(layer, head)[At(token, d)]);
                Assert.Equal(-Value(layer, token, head * size + d), cache.Values(layer, head)[token * size + d]);
            }
        }
    }

    private static int At(int token, int d) => token / 32 * 32 * s_shape.Size + d * 32 + token % 32;

    private static float Value(int layer, int token, int column) => 1 + layer * 100_000 + token * 100 + column;
}
