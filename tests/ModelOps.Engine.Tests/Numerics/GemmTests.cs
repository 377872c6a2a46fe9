using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

public sealed unsafe class GemmTests
{
    public enum Form
    {
        TransposedB,
        Plain,
        TransposedA,
    }

    public static TheoryData<Form, int, int, int> Shapes()
    {
        var data = new TheoryData<Form, int, int, int>();
        (int M, int N, int K)[] shapes =
            [(1, 1, 1), (1, 40, 7), (3, 5, 400), (16, 32, 512), (15, 33, 513), (29, 65, 1030), (113, 70, 64), (40, 600, 33), (7, 16, 1153), (250, 8, 16), (1030, 9, 5), (2, 4100, 3), (9, 2090, 1100), (1037, 40, 1600)];
        foreach (var form in Enum.GetValues<Form>())
        {
            foreach (var (m, n, k) in shapes) data.Add(form, m, n, k);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Matches_a_double_precision_product(Form form, int m, int n, int k)
    {
        using var team = new ThreadTeam(2);
        var (a, b, c) = Operands(m, n, k);
        var product = Run(team, form, a, b, (float[])c.Clone(), m, n, k, accumulate: true);
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                double sum = c[i * (n + 3) + j], magnitude = Math.Abs(sum);
                for (var p = 0; p < k; p++)
                {
                    double x = form == Form.TransposedA ? a[p * (m + 1) + i] : a[i * (k + 1) + p];
                    double y = form == Form.TransposedB ? b[j * (k + 2) + p] : b[p * (n + 2) + j];
                    sum += x * y;
                    magnitude += Math.Abs(x * y);
                }

                // A chain of at most BlockK roundings and the adds of the blocks, each within half an ulp of a partial sum.
                Assert.Equal(sum, product[i * (n + 3) + j], magnitude * (Math.Min(k, Gemm.BlockK) + 8) * Math.Pow(2, -24));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Has_the_bits_of_the_reference_for_any_number_of_threads(Form form, int m, int n, int k)
    {
        var (a, b, c) = Operands(m, n, k);
        foreach (var accumulate in (bool[])[false, true])
        {
            var expected = Reference(form, a, b, (float[])c.Clone(), m, n, k, accumulate);
            foreach (var threads in (int[])[1, 2, 4])
            {
                using var team = new ThreadTeam(threads);
                Bits.Equal(expected, Run(team, form, a, b, (float[])c.Clone(), m, n, k, accumulate));
            }
        }
    }

    private static (float[] A, float[] B, float[] C) Operands(int m, int n, int k)
    {
        var random = new Random(m * 1_000_003 + n * 1009 + k);
        return (Values(random, (m + 1) * (k + 1)), Values(random, (n + 2) * (k + 2)), Values(random, m * (n + 3)));
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];

    private static float[] Run(ThreadTeam team, Form form, float[] a, float[] b, float[] c, int m, int n, int k, bool accumulate)
    {
        fixed (float* pa = a, pb = b, pc = c)
        {
            switch (form)
            {
                case Form.TransposedB: Gemm.MultiplyTransposedB(team, pa, k + 1, pb, k + 2, pc, n + 3, m, n, k, accumulate); break;
                case Form.Plain: Gemm.Multiply(team, pa, k + 1, pb, n + 2, pc, n + 3, m, n, k, accumulate); break;
                default: Gemm.MultiplyTransposedA(team, pa, m + 1, pb, n + 2, pc, n + 3, m, n, k, accumulate); break;
            }
        }

        return c;
    }

    private static float[] Reference(Form form, float[] a, float[] b, float[] c, int m, int n, int k, bool accumulate)
    {
        fixed (float* pa = a, pb = b, pc = c)
        {
            var (aRow, aCol) = form == Form.TransposedA ? (1, m + 1) : (k + 1, 1);
            var (bRow, bCol) = form == Form.TransposedB ? (1, k + 2) : (n + 2, 1);
            ScalarReference.Multiply(pa, aRow, aCol, pb, bRow, bCol, pc, n + 3, m, n, k, accumulate);
        }

        return c;
    }
}
