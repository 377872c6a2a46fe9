using System.Runtime.Intrinsics.X86;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

public sealed unsafe class NextWeightsTests
{
    [Fact]
    public void What_followed_once_is_asked_for_the_next_time()
    {
        if (!Sse.IsSupported) return; // There is nothing to ask with.
        using var team = new ThreadTeam(2);
        using WeightMatrix first = Weights(600), second = Weights(40), third = Weights(3000);
        var next = new NextWeights(team);
        SmallProduct[] one = [new(first, null, 0, false, 6, 0)], two = [new(second, null, 0, false, 6, 0), new(third, null, 0, false, 6, 7)];

        next.Began(one, 100);
        Assert.Equal(0, next.Pieces.Length);
        next.Began(two, 507);
        next.Began(one, 100);
        var pieces = next.Pieces.ToArray();
        next.Began(two, 507);

        Assert.Equal((nint)first.Data, next.Pieces[0]);
        Assert.Equal([(nint)second.Data, (nint)third.Row((253 - 7) * 6)], pieces[..2]); // Each thread begins with a range of its own.
        Assert.Equal(256, pieces.Length); // 1 MB
        Assert.Equal(pieces.Length, pieces.Distinct().Count());
        Assert.All(pieces, piece => Assert.True(Inside(second, piece) || Inside(third, piece)));
        Assert.NotNull(team.Meanwhile);
        next.End();
        Assert.Null(team.Meanwhile);
    }

    [Fact]
    public void Quantised_weights_are_left_alone()
    {
        using var team = new ThreadTeam(2);
        using WeightMatrix first = Weights(600), codes = new(600, 256, StorageType.Int8, first.Data, null);
        var next = new NextWeights(team);
        SmallProduct[] one = [new(first, null, 0, false, 6, 0)], two = [new(codes, null, 0, false, 6, 0)];

        next.Began(one, 100);
        next.Began(two, 100);
        next.Began(one, 100);

        Assert.Equal(0, next.Pieces.Length);
    }

    private static WeightMatrix Weights(int rows) => WeightMatrix.FromFloats(rows, 256, new float[rows * 256]);

    private static bool Inside(WeightMatrix w, nint at) => at >= (nint)w.Data && at < (nint)w.Data + (nint)w.DataLength;
}
