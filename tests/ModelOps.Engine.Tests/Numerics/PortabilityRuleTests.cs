using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>The engine's numbers must not depend on the platform's mathematics library, nor on how wide the hardware is.</summary>
public sealed class PortabilityRuleTests
{
    private static readonly HashSet<string> s_numberTypes =
    [
        "Math", "MathF", "Double", "Single", "Half", "Vector", "Vector64", "Vector128", "Vector256", "Vector512", "Complex", "TensorPrimitives",
        "IExponentialFunctions`1", "ILogarithmicFunctions`1", "ITrigonometricFunctions`1", "IHyperbolicFunctions`1", "IPowerFunctions`1", "IRootFunctions`1",
    ];

    private static readonly HashSet<string> s_inexact =
    [
        "Exp", "ExpM1", "Exp2", "Exp2M1", "Exp10", "Exp10M1", "Log", "LogP1", "Log2", "Log2P1", "Log10", "Log10P1", "Pow", "Cbrt", "RootN", "Hypot",
        "Sin", "Cos", "SinCos", "Tan", "Asin", "Acos", "Atan", "Atan2", "SinPi", "CosPi", "SinCosPi", "TanPi", "AsinPi", "AcosPi", "AtanPi", "Atan2Pi",
        "Sinh", "Cosh", "Tanh", "Asinh", "Acosh", "Atanh", "ReciprocalEstimate", "ReciprocalSqrtEstimate", "MultiplyAddEstimate",
        "Sum", "Dot", // Of a vector: the order is the hardware's.
        "MaxNative", "MinNative", "ClampNative", "ConvertToInt32Native",
    ];

    [Fact]
    public void The_engine_calls_no_inexact_function_of_the_platform()
    {
        using var image = new PEReader(File.OpenRead(typeof(PortableMath).Assembly.Location));
        var metadata = image.GetMetadataReader();
        Assert.DoesNotContain(metadata.AssemblyReferences, r => metadata.GetString(metadata.GetAssemblyReference(r).Name) == "System.Numerics.Tensors");
        var calls = metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => (
                Type: metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name),
                Member: metadata.GetString(member.Name)))
            .ToList();
        Assert.Contains(("Math", "FusedMultiplyAdd"), calls); // The scan sees calls at all.
        Assert.DoesNotContain(calls, call => s_numberTypes.Contains(call.Type) && s_inexact.Contains(call.Member));
    }

    [Fact]
    public void The_engine_multiplies_and_adds_only_in_the_orders_it_defines()
    {
        using var image = new PEReader(File.OpenRead(typeof(PortableMath).Assembly.Location));
        var metadata = image.GetMetadataReader();
        var generic = metadata.TypeReferences.Select(metadata.GetTypeReference).Select(type => metadata.GetString(type.Name));
        Assert.DoesNotContain("Vector`1", generic); // Its width is the machine's.
    }
}
