using System.Reflection;
using ModelOps.Engine.Layers;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

public sealed class KernelsTests
{
    // Plain loops already: the scalar code is the only one there is.
    private static readonly HashSet<string> s_plainLoops = ["Kernels.RopeTables", "Storage.Narrow", "Int8.QuantizeRow", "Nf4.QuantizeScales", "Nf4.Scale"];

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

    [Fact]
    public void No_kernel_lacks_its_comparison()
    {
        const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var compared = new HashSet<string>(typeof(KernelCase).GetNestedTypes(BindingFlags.NonPublic).Append(typeof(KernelCase))
            .SelectMany(type => type.GetMethods(Everything)).SelectMany(Calls).Select(Name));
        Type[] homes = [typeof(Kernels), typeof(Gemm), typeof(TileProduct), typeof(Storage), typeof(Int8), typeof(Nf4), typeof(StoredElements), typeof(SmallProducts)];
        var kernels = homes.SelectMany(type => type.GetMethods(Everything))
            .Where(m => (m.IsPublic || m.IsAssembly) && m.GetParameters().Any(p => p.ParameterType.IsPointer))
            .Select(Name).Where(name => !s_plainLoops.Contains(name) && !name.EndsWith(".PrintMembers", StringComparison.Ordinal)).Distinct().ToList();
        Assert.Contains("Kernels.SoftmaxRow", kernels); // The scan sees kernels,
        Assert.Contains("ScalarReference.SoftmaxRow", compared); // and calls.
        Assert.Empty(kernels.Except(compared));
    }

    private static string Name(MethodBase method) => $"{method.DeclaringType!.Name}.{method.Name}";

    /// <summary>Methods that a method's code calls: every place where the byte of <c>call</c> or <c>callvirt</c> is followed by a method's token.</summary>
    private static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        const byte Call = 0x28, CallVirtual = 0x6F;
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (int at = 0; at + sizeof(int) < code.Length; at++)
        {
            if (code[at] is not (Call or CallVirtual)) continue;
            int token = BitConverter.ToInt32(code, at + 1);
            bool isMethod = token >>> 24 is 0x06 or 0x0A or 0x2B;
            if (isMethod && Resolve(method.Module, token) is { DeclaringType: not null } called) yield return called;
        }
    }

    private static MethodBase? Resolve(Module module, int token)
    {
        try
        {
            return module.ResolveMethod(token);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException)
        {
            return null; // An operand that looked like a call.
        }
    }
}
