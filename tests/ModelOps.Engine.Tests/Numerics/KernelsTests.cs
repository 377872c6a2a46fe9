namespace ModelOps.Engine.Tests.Numerics;

public sealed class KernelsTests
{
    public static TheoryData<string> Cases() => [.. KernelCase.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Has_the_bits_of_its_definition_at_every_length(string name)
    {
        var operation = KernelCase.All.Single(c => c.Name == name);
        for (var n = 1; n <= 257; n++)
        {
            foreach (var special in (bool[])[false, true])
            {
                using var expected = new KernelData(n, 31 * n, special);
                using var actual = new KernelData(n, 31 * n, special);
                operation.Run(false, n, expected);
                operation.Run(true, n, actual);
                Bits.Equal(expected.Everything, actual.Everything, $"{name}, n = {n}, special = {special}");
                if (!double.IsNaN(expected.Returned)) Assert.Equal(BitConverter.DoubleToInt64Bits(expected.Returned), BitConverter.DoubleToInt64Bits(actual.Returned));
                else Assert.True(double.IsNaN(actual.Returned));
            }
        }
    }
}
