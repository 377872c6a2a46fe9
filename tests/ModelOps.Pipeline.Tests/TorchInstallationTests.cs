using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Tests;

/// <summary><c>Trainer=torchsharp</c>: what enters the key, what the worker is told, and what is refused before anything is restored.</summary>
public sealed class TorchInstallationTests
{
    private static readonly string s_assembly = typeof(TorchInstallationTests).Assembly.Location;

    [Fact]
    public void Device_and_versions_are_the_identity_of_the_worker()
    {
        string version = typeof(TorchInstallationTests).Assembly.GetName().Version!.ToString(3);

        Assert.Equal($"torchsharp {TorchIdentity.NumericsVersion}, TorchSharp {version}, libtorch unknown, cuda", Identity("torchsharp", "CUDA", s_assembly));
        Assert.Equal($"torchsharp {TorchIdentity.NumericsVersion}, cpu", Identity("TorchSharp", "cpu", ""));
        Assert.Null(Identity("engine", "cuda", s_assembly));
    }

    [Fact]
    public void Worker_is_told_the_device_and_where_TorchSharp_is()
    {
        Assert.Equal([("MODELOPS_TORCH_DEVICE", "cuda"), ("MODELOPS_TORCHSHARP", s_assembly)], Variables("torchsharp", s_assembly));
        Assert.Equal([("MODELOPS_TORCH_DEVICE", "cuda")], Variables("torchsharp", ""));
        Assert.Empty(Variables("engine", s_assembly));
    }

    [Fact]
    public void Assembly_that_cannot_be_read_is_one_coded_error()
        => Assert.Equal("MOPS3207", Assert.Throws<DiagnosticException>(() => Identity("torchsharp", "cpu", "no/TorchSharp.dll")).Diagnostic.Code);

    [Fact]
    public void Several_devices_are_refused_by_name()
    {
        var log = new TestLog();
        TypedSettings? settings = TypedSettings.Parse(Inputs("torchsharp", "cuda:0,cuda:1", ""), _ => default, log);

        Assert.Null(settings);
        Diagnostic only = Assert.Single(log.Diagnostics);
        Assert.Equal("MOPS2054", only.Code);
        Assert.Contains("several devices", only.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Packages_that_no_source_has_are_named_and_those_that_one_has_pass()
    {
        string folder = Directory.CreateTempSubdirectory("torch-").FullName;
        try
        {
            string feed = Directory.CreateDirectory(Path.Combine(folder, "feed")).FullName, cache = Path.Combine(folder, "cache");
            File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
                <configuration><packageSources><clear /><add key="here" value="{feed}" /></packageSources></configuration>
                """);
            void Check() => TorchPackages.Check(NuGet.Configuration.Settings.LoadDefaultSettings(folder), cache, ["No.Such.Worker/1.0.0", "No.Such.Torch/0.107.0"], CancellationToken.None);
            Diagnostic missing = Assert.Throws<DiagnosticException>(Check).Diagnostic;
            Directory.CreateDirectory(Path.Combine(cache, "no.such.worker", "1.0.0"));
            Diagnostic one = Assert.Throws<DiagnosticException>(Check).Diagnostic;
            Directory.CreateDirectory(Path.Combine(cache, "no.such.torch", "0.107.0"));
            Check();

            Assert.Equal("MOPS3207", missing.Code);
            Assert.Contains("No.Such.Worker 1.0.0 and No.Such.Torch 0.107.0 are not to be had from here", missing.Message, StringComparison.Ordinal);
            Assert.Contains("No.Such.Torch 0.107.0 is not", one.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Identity(string trainer, string device, string file) => WorkerIdentity.Of(Inputs(trainer, device, file), StatCache.Load("no-such-cache"), CancellationToken.None);

    private static (string, string)[] Variables(string trainer, string file) => [.. TorchInstallation.EnvironmentOf(Inputs(trainer, "cuda", file)).Select(v => (v.Key, v.Value))];

    private static ProjectInputs Inputs(string trainer, string device, string file)
        => TestInputs.Of(Path.Combine(Path.GetTempPath(), "p.csproj"), (Names.Trainer, trainer), (Names.TorchDevice, device), (Names.TorchSharpFile, file));
}
