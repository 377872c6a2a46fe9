using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

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
        var start = new ProcessStartInfo(Host(), [typeof(InstructionSetTests).Assembly.Location, "numerics-digest"]) { RedirectStandardOutput = true };
        start.Environment[setting] = "0";
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        if (Fma.IsSupported) Assert.Equal(hardware, lines[0]); // The switch did switch something off.
        Assert.Equal(Recorded, lines[1]);
        Assert.Equal(RecordedQuantized, lines[2]);
    }

    private static string Host()
    {
        var self = Environment.ProcessPath;
        return Path.GetFileNameWithoutExtension(self) == "dotnet" ? self! : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
    }
}
