using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Layers;

/// <summary>Against attention written out in double precision, at head sizes and lengths that take the wide tiles and their rests.</summary>
public sealed unsafe class AttentionTests
{
    [Theory]
    [InlineData(4, 2, 32, new[] { 70, 1, 33 })]
    [InlineData(3, 1, 64, new[] { 40, 65 })]
    [InlineData(2, 2, 48, new[] { 16, 31 })]
    [InlineData(2, 1, 10, new[] { 35 })]
    public void Forward_and_backward_match_the_formula(int heads, int groups, int size, int[] lengths)
    {
        var shape = new HeadShape(heads, groups, size);
        var rows = lengths.Select((n, i) =>
        {
            var scored = new bool[n + 1];
            scored[n] = true;
            return (i, (ReadOnlyMemory<int>)new int[n + 1], (ReadOnlyMemory<bool>)scored);
        }).ToList();
        var batch = TokenBatch.Pack(rows);
        using var q = Random(batch.Count * shape.QuerySize, 1);
        using var k = Random(batch.Count * shape.KeyValueSize, 2);
        using var v = Random(batch.Count * shape.KeyValueSize, 3);
        using var dOutput = Random(batch.Count * shape.QuerySize, 4);
        using FloatBuffer o = Like(q), dq = Like(q), dk = Like(k), dv = Like(v);
        using var team = new ThreadTeam(2);
        using var attention = new Attention(shape, team);
        attention.Forward(batch, batch.All, q.Pointer, k.Pointer, v.Pointer, o.Pointer);
        attention.Backward(batch, batch.All, q.Pointer, k.Pointer, v.Pointer, dOutput.Pointer, dq.Pointer, dk.Pointer, dv.Pointer);
        var expected = Formula(batch, shape, q.Span, k.Span, v.Span, dOutput.Span);
        Close(expected.O, o.Span);
        Close(expected.DQ, dq.Span);
        Close(expected.DK, dk.Span);
        Close(expected.DV, dv.Span);
    }

    [Fact]
    public void Queries_at_scored_positions_give_the_bits_that_all_queries_give()
    {
        var shape = new HeadShape(Heads: 4, KeyValueHeads: 2, Size: 16);
        var random = new Random(3);
        var batch = TokenBatch.Pack([.. new[] { 1, 40, 97, 65 }.Select((n, i) =>
            (i, (ReadOnlyMemory<int>)new int[n + 1], (ReadOnlyMemory<bool>)Enumerable.Range(0, n + 1).Select(t => t == n || random.Next(3) == 0).ToArray()))]);
        using var q = Random(batch.Count * shape.QuerySize, 1);
        using var k = Random(batch.Count * shape.KeyValueSize, 2);
        using var v = Random(batch.Count * shape.KeyValueSize, 3);
        using var d = Random(batch.ScoredAt.Length * shape.QuerySize, 4);
        using FloatBuffer spread = Like(q), few = Like(q), o = Like(q), dq = Like(q), dk = Like(k), dv = Like(v);
        using FloatBuffer fewO = Like(d), fewDq = Like(d), fewDk = Like(k), fewDv = Like(v);
        d.Span.CopyTo(spread.Span);
        batch.Scatter(spread.Pointer, shape.QuerySize);
        batch.Gather(q.Pointer, few.Pointer, shape.QuerySize);
        using var team = new ThreadTeam(2);
        using var attention = new Attention(shape, team);
        attention.Forward(batch, batch.All, q.Pointer, k.Pointer, v.Pointer, o.Pointer);
        attention.Backward(batch, batch.All, q.Pointer, k.Pointer, v.Pointer, spread.Pointer, dq.Pointer, dk.Pointer, dv.Pointer);
        attention.Forward(batch, batch.Scored, few.Pointer, k.Pointer, v.Pointer, fewO.Pointer);
        attention.Backward(batch, batch.Scored, few.Pointer, k.Pointer, v.Pointer, d.Pointer, fewDq.Pointer, fewDk.Pointer, fewDv.Pointer);
        batch.Gather(o.Pointer, o.Pointer, shape.QuerySize);
        batch.Gather(dq.Pointer, dq.Pointer, shape.QuerySize);
        Assert.Equal(o.Span[..(int)d.Length].ToArray(), fewO.Span.ToArray());
        Assert.Equal(dq.Span[..(int)d.Length].ToArray(), fewDq.Span.ToArray());
        Assert.Equal(dk.Span.ToArray(), fewDk.Span.ToArray());
        Assert.Equal(dv.Span.ToArray(), fewDv.Span.ToArray());
    }

    private static (double[] O, double[] DQ, double[] DK, double[] DV) Formula(
        TokenBatch batch, HeadShape shape, Span<float> q, Span<float> k, Span<float> v, Span<float> dOutput)
    {
        double[] o = new double[q.Length], dq = new double[q.Length], dk = new double[k.Length], dv = new double[k.Length];
        int size = shape.Size;
        for (int row = 0; row < batch.RowCount; row++)
        {
            for (int h = 0; h < shape.Heads; h++)
            {
                for (int i = batch.RowStarts[row]; i < batch.RowStarts[row + 1]; i++)
                {
                    int qAt = i * shape.QuerySize + h * size, first = batch.RowStarts[row], count = i - first + 1;
                    int KeyAt(int j) => (first + j) * shape.KeyValueSize + h / shape.Group * size;
                    var p = new double[count];
                    var dp = new double[count];
                    for (int j = 0; j < count; j++)
                    {
                        for (int d = 0; d < size; d++)
                        {
                            p[j] += q[qAt + d] * (double)k[KeyAt(j) + d] / Math.Sqrt(size);
                            dp[j] += dOutput[qAt + d] * (double)v[KeyAt(j) + d];
                        }
                    }

                    double largest = p.Max(), sum = p.Sum(s => Math.Exp(s - largest));
                    for (int j = 0; j < count; j++)
                        p[j] = Math.Exp(p[j] - largest) / sum;
                    double mean = p.Zip(dp, (a, b) => a * b).Sum();
                    for (int j = 0; j < count; j++)
                    {
                        double ds = p[j] * (dp[j] - mean) / Math.Sqrt(size);
                        for (int d = 0; d < size; d++)
                        {
                            o[qAt + d] += p[j] * v[KeyAt(j) + d];
                            dq[qAt + d] += ds * k[KeyAt(j) + d];
                            dk[KeyAt(j) + d] += ds * q[qAt + d];
                            dv[KeyAt(j) + d] += p[j] * dOutput[qAt + d];
                        }
                    }
                }
            }
        }

        return (o, dq, dk, dv);
    }

    private static void Close(double[] expected, Span<float> actual)
    {
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-5 * largest, $"{i}: {actual[i]} against {expected[i]}");
    }

    private static FloatBuffer Like(FloatBuffer other) => new(other.Length);

    private static FloatBuffer Random(int count, ulong stream)
    {
        var random = new CounterRandom(2, stream);
        var buffer = new FloatBuffer(count);
        for (int i = 0; i < count; i++)
            buffer.Pointer[i] = (float)random.Normal((ulong)i);
        return buffer;
    }
}
