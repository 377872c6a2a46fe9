using System.Runtime.Intrinsics.X86;
using ModelOps.Engine.Tests.Reproducibility;

namespace ModelOps.Engine.Tests.Numerics;

/// <summary>The same bits with parts of the instruction set switched off, each in a process of its own.</summary>
public sealed class InstructionSetTests
{
    // Recorded on x64; every machine must reproduce it.
    private const string Recorded = "00AF9159E3C1A3C02C36FF4298952AFA5C9AA74C8B6D87EFF83F019AAB452BB1";
    private const string RecordedQuantized = "351D00BC8A6E02CE0797F7A18979D608DC1D563A36D1A216225B8464C34006B7";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void This_machine_reproduces_the_recorded_bits(int threads)
    {
        Assert.Equal(Recorded, NumericsDigest.Compute(threads));
        Assert.Equal(RecordedQuantized, NumericsDigest.ComputeQuantized(threads));
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "narrow fused")]
    [InlineData("DOTNET_EnableAVX2", "narrow unfused")]
    [InlineData("DOTNET_EnableHWIntrinsic", "narrow unfused")]
    public void Less_of_the_instruction_set_gives_the_same_bits(string setting, string hardware)
    {
        string[] lines = ChildEngine.Run("numerics", (setting, "0"));
        if (Fma.IsSupported) Assert.Equal(hardware, lines[0]); // The switch did switch something off.
        Assert.Equal(Recorded, lines[1]);
        Assert.Equal(RecordedQuantized, lines[2]);
    }
}
