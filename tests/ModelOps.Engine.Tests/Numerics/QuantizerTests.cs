using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>NF4 and int8 against eng/reference/quantization.py, the published table, and what every quantised matrix must keep.</summary>
public sealed unsafe class QuantizerTests
{
    private static readonly JsonElement s_golden =
        JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Goldens", "quantization.json")));

    private static int Rows => s_golden.GetProperty("rows").GetInt32();

    private static int Cols => s_golden.GetProperty("cols").GetInt32();

    [Fact]
    public void Nf4_has_the_codes_scales_and_values_of_the_reference()
    {
        var golden = s_golden.GetProperty("nf4");
        using var matrix = Quantize(StorageType.Nf4, Rows, Cols, Sample(), threads: 2);
        string expected = golden.GetProperty("codes").GetString()!;
        for (int i = 0; i < expected.Length; i++)
        {
            int within = i % 32, pair = matrix.Data[i / 32 * 16 + within % 16];
            Assert.Equal(Convert.ToInt32(expected[i].ToString(), 16), within < 16 ? pair & 15 : pair >> 4);
        }

        byte* scales = (byte*)matrix.Elements.Scales;
        Assert.Equal(golden.GetProperty("mean").GetSingle(), *(float*)scales);
        var codes = golden.GetProperty("scaleCodes").Deserialize<sbyte[]>()!;
        var steps = golden.GetProperty("steps").Deserialize<float[]>()!;
        for (int b = 0; b < codes.Length; b++)
        {
            float* record = (float*)(scales + 4 + b / 256 * 260);
            Assert.Equal(steps[b / 256], *record);
            Assert.Equal(codes[b], ((sbyte*)(record + 1))[b % 256]);
        }

        Assert.Equal(golden.GetProperty("expanded").GetString(), Digest(Expanded(matrix)));
    }

    [Fact]
    public void Int8_has_the_codes_scales_and_values_of_the_reference()
    {
        var golden = s_golden.GetProperty("int8");
        using var matrix = Quantize(StorageType.Int8, Rows, Cols, Sample(), threads: 2);
        Assert.Equal(golden.GetProperty("codes").GetString(), Convert.ToHexStringLower(new ReadOnlySpan<byte>(matrix.Data, Rows * Cols)));
        Assert.Equal(golden.GetProperty("scales").GetString(), Digest(new ReadOnlySpan<float>((float*)matrix.Elements.Scales, Rows)));
        Assert.Equal(golden.GetProperty("expanded").GetString(), Digest(Expanded(matrix)));
    }

    [Fact]
    public void The_16_values_are_quantiles_of_the_normal_distribution_as_published()
    {
        // The construction of the paper's code: eight quantiles above zero and seven below, from an offset that leaves 1/32 of a mean tail.
        const double Offset = 0.9677083;
        var positive = Enumerable.Range(0, 8).Select(i => Quantile(Offset + i * (0.5 - Offset) / 8));
        var negative = Enumerable.Range(0, 7).Select(i => -Quantile(Offset + i * (0.5 - Offset) / 7));
        double[] values = [.. positive.Concat(negative).Append(0).Order()];
        for (int i = 0; i < 16; i++)
            Assert.Equal(values[i] / values[^1], Nf4.Values[i], 2e-6);
    }

    [Theory]
    [InlineData(StorageType.Nf4, 1, 1)]
    [InlineData(StorageType.Nf4, 7, 63)]
    [InlineData(StorageType.Nf4, 130, 96)]
    [InlineData(StorageType.Int8, 1, 1)]
    [InlineData(StorageType.Int8, 130, 33)]
    internal void Threads_change_no_bit_and_any_range_expands_alike(StorageType type, int rows, int cols)
    {
        var values = Random(rows * cols);
        using var matrix = Quantize(type, rows, cols, values, threads: 1);
        float[] whole = Expanded(matrix);
        using (var again = Quantize(type, rows, cols, values, threads: 3))
            Bits.Equal(whole, Expanded(again));
        var random = new Random(3);
        using var part = new FloatBuffer(whole.Length);
        for (int i = 0; i < 200; i++)
        {
            int first = random.Next(whole.Length), count = random.Next(1, whole.Length - first + 1);
            matrix.Elements.Expand(first, part.Pointer, count);
            Bits.Equal(whole.AsSpan(first, count), part.Span[..count]);
        }
    }

    [Fact]
    public void No_element_is_further_away_than_its_format_allows()
    {
        var values = Random(128 * 512);
        using WeightMatrix nf4 = Quantize(StorageType.Nf4, 128, 512, values, 2), int8 = Quantize(StorageType.Int8, 128, 512, values, 2);
        float[] four = Expanded(nf4), eight = Expanded(int8);
        for (int i = 0; i < values.Length; i++)
        {
            float block = values.AsSpan(i / 64 * 64, 64).ToArray().Max(MathF.Abs), row = values.AsSpan(i / 512 * 512, 512).ToArray().Max(MathF.Abs);
            // Half the widest gap (0.304 of the scale), and the scale's own rounding: half a step of the furthest scale over 127.
            Assert.True(MathF.Abs(values[i] - four[i]) <= block * 0.152f + 1f / 254, $"{values[i]} {four[i]}");
            Assert.True(MathF.Abs(values[i] - eight[i]) <= row / 254 * 1.0001f);
        }
    }

    [Theory]
    [InlineData(StorageType.Nf4, float.NaN)]
    [InlineData(StorageType.Nf4, float.NegativeInfinity)]
    [InlineData(StorageType.Int8, float.PositiveInfinity)]
    [InlineData(StorageType.Int8, float.NaN)]
    internal void What_is_not_finite_is_refused(StorageType type, float value)
    {
        var values = Random(70 * 65);
        values[1234] = value;
        Assert.Throws<NotFiniteNumberException>(() => Quantize(type, 70, 65, values, threads: 2));
    }

    [Theory]
    [InlineData(StorageType.Nf4)]
    [InlineData(StorageType.Int8)]
    internal void Zeros_and_the_smallest_numbers_stay_finite(StorageType type)
    {
        foreach (float value in (float[])[0f, float.Epsilon, 1e-40f, -1e-38f, 3e38f])
        {
            var values = new float[64 * 3];
            values[70] = value;
            using var matrix = Quantize(type, 3, 64, values, 1);
            Assert.All(Expanded(matrix), v => Assert.True(float.IsFinite(v)));
        }
    }

    private static float[] Sample()
    {
        var values = new float[Rows * Cols];
        for (long i = 0; i < values.Length; i++)
        {
            double v = ((i * i * 31 + i * 1021) % 4093 - 2046) / 2048.0 / (1 << (int)(i / 97 % 6));
            values[i] = (float)(i / Cols == 3 || i / 64 == 40 ? 0 : i % 1801 == 5 ? v * 16 : v);
        }

        Assert.Equal(s_golden.GetProperty("values").GetString(), Digest(values));
        return values;
    }

    private static WeightMatrix Quantize(StorageType type, int rows, int cols, float[] values, int threads)
    {
        using var team = new ThreadTeam(threads);
        return Quantizer.Quantize(team, type, rows, cols, (row, count, destination) =>
            values.AsSpan(row * cols, count * cols).CopyTo(new Span<float>(destination, count * cols)));
    }

    private static float[] Expanded(WeightMatrix matrix)
    {
        var values = new float[matrix.Rows * matrix.Cols];
        fixed (float* target = values)
            matrix.Expand(0, matrix.Rows, target);
        return values;
    }

    private static float[] Random(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    private static string Digest(ReadOnlySpan<float> values) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values)));

    /// <summary>Inverse of the normal distribution function by bisection of its series.</summary>
    private static double Quantile(double probability)
    {
        double low = -10, high = 10;
        for (int i = 0; i < 100; i++)
        {
            double middle = (low + high) / 2;
            if (Cumulative(middle) < probability) low = middle;
            else high = middle;
        }

        return low;
    }

    private static double Cumulative(double x)
    {
        double sum = x, term = x;
        for (int i = 1; i < 200; i++)
        {
            term *= x * x / (2 * i + 1);
            sum += term;
        }

        return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }
}
