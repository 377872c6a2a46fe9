using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>Decoding products: each element is one dot product, whatever the storage, the rows beside it, the tile and the threads.</summary>
public sealed unsafe class SmallProductsTests
{
    public static TheoryData<string, int, int, int> Shapes()
    {
        var data = new TheoryData<string, int, int, int>();
        foreach (var type in (string[])["F32", "BF16", "F16", "Int8", "Nf4"])
        {
            foreach (var (rows, cols) in ((int, int)[])[(1, 16), (2, 8), (3, 64), (70, 96), (1001, 256), (30, 77), (5, 33), (200, 4)])
            {
                foreach (var m in (int[])[1, 2, 4, 5, 8, 9, 21]) data.Add(type, rows, cols, m);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_element_is_one_dot_product(string type, int rows, int cols, int m)
    {
        foreach (var kept in (bool[])[false, true]) Check(Enum.Parse<StorageType>(type), rows, cols, m, kept);
    }

    private static void Check(StorageType type, int rows, int cols, int m, bool kept)
    {
        using var w = Stored(type, rows, cols);
        w.CachePanels = kept;
        using FloatBuffer plain = new((long)rows * cols), x = Random(m * (cols + 3)), y = new(m * (rows + 1));
        w.Expand(0, rows, plain.Pointer);
        foreach (var threads in (int[])[1, 2, 4])
        {
            using var team = new ThreadTeam(threads);
            using var small = new SmallProducts(team, passing: threads == 2);
            y.Span.Fill(0.5f);
            foreach (var accumulate in (bool[])[false, true])
            {
                small.Add(w, y.Pointer, rows + 1, accumulate);
                small.Run(x.Pointer, cols + 3, m);
            }

            for (var i = 0; i < m; i++)
            {
                for (var r = 0; r < rows; r++)
                {
                    var dot = ScalarReference.Dot(plain.Pointer + r * cols, x.Pointer + i * (cols + 3), cols);
                    if (!Bits.Same(dot + dot, y.Pointer[i * (rows + 1) + r])) Assert.Fail($"[{i},{r}]: {y.Pointer[i * (rows + 1) + r]:R}, expected 2 · {dot:R}");
                }

                Assert.Equal(0.5f, y.Pointer[i * (rows + 1) + rows]); // Nothing beyond a row is written.
            }
        }
    }

    [Fact]
    public void Products_that_share_their_rows_run_together()
    {
        using var team = new ThreadTeam(2);
        using var small = new SmallProducts(team);
        using WeightMatrix first = Stored(StorageType.BF16, 600, 80), second = Stored(StorageType.F32, 7, 80), third = Stored(StorageType.F16, 300, 80);
        first.CachePanels = true; // another form of the same rows
        using var x = Random(3 * 80);
        WeightMatrix[] weights = [first, second, third];
        FloatBuffer[] alone = [new(3 * 600), new(3 * 7), new(3 * 300)], together = [new(3 * 600), new(3 * 7), new(3 * 300)];
        for (var p = 0; p < 3; p++)
        {
            small.Add(weights[p], alone[p].Pointer, weights[p].Rows);
            small.Run(x.Pointer, 80, 3);
        }

        for (var p = 0; p < 3; p++) small.Add(weights[p], together[p].Pointer, weights[p].Rows);
        small.Run(x.Pointer, 80, 3);
        for (var p = 0; p < 3; p++) Bits.Equal(alone[p].Span, together[p].Span);
    }

    [Fact]
    public void Columns_beyond_the_last_whole_lanes_leave_a_negative_zero()
    {
        // Lanes that underflow to -0, continued by columns that only some lanes have.
        using var team = new ThreadTeam(1);
        using var small = new SmallProducts(team);
        using var w = WeightMatrix.FromFloats(1, 24, [.. Enumerable.Repeat(-1e-30f, 24)]);
        using FloatBuffer x = new(2 * 24), y = new(2);
        x.Span.Fill(1e-30f);
        small.Add(w, y.Pointer, 1);
        small.Run(x.Pointer, 24, 2);
        Bits.Equal([-0f, -0f], y.Span);
        Assert.True(Bits.Same(-0f, ScalarReference.Dot((float*)w.Data, x.Pointer, 24)));
    }

    private static WeightMatrix Stored(StorageType type, int rows, int cols)
    {
        using var values = Random(rows * cols);
        return WeightMatrixTests.Of(type, rows, cols, values.Pointer);
    }

    private static FloatBuffer Random(int count)
    {
        var random = new Random(count);
        var buffer = new FloatBuffer(count);
        foreach (ref var value in buffer.Span) value = random.NextSingle() * 2 - 1;
        return buffer;
    }
}
