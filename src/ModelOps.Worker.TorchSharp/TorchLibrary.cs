using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Worker.Torch;

/// <summary>
/// Finds TorchSharp and libtorch. A build names TorchSharp.dll in <c>MODELOPS_TORCHSHARP</c>, in NuGet's package folder, from where TorchSharp
/// itself finds the libtorch package restored beside it; without it, TorchSharp.dll lies beside the worker.
/// </summary>
internal static class TorchLibrary
{
    public const string PathVariable = "MODELOPS_TORCHSHARP", DeviceVariable = "MODELOPS_TORCH_DEVICE";
    private const string Name = "TorchSharp";

    /// <summary>Before anything of TorchSharp is touched.</summary>
    public static void Resolve() => AssemblyLoadContext.Default.Resolving += (context, wanted) =>
        wanted.Name == Name && Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;

    /// <exception cref="DiagnosticException"><c>MOPS3201</c> to <c>MOPS3204</c>: no library, or no such device.</exception>
    public static TorchDevice Open()
    {
        string asked = Environment.GetEnvironmentVariable(DeviceVariable) is { Length: > 0 } word ? word : "auto";
        if (asked is not ("cpu" or "cuda" or "auto"))
            throw new DiagnosticException(TorchErrors.UnknownDevice(asked));
        try
        {
            return OpenLibrary(asked);
        }
        catch (Exception e) when (Native(e) is { } cause)
        {
            throw new DiagnosticException(TorchErrors.NoLibrary(cause.Message), e);
        }
    }

    // Its own method: TorchSharp is loaded when it is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TorchDevice OpenLibrary(string asked)
    {
        bool cuda = asked != "cpu" && CudaIsAvailable(asked);
        if (asked == "cuda" && !cuda)
            throw new DiagnosticException(TorchErrors.NoCuda(NvidiaDriver.Version, NvidiaDriver.Required));
        // Touching a tensor loads libtorch.
        using (torch.zeros(new long[] { 1 }, dtype: ScalarType.Float32))
        {
        }

        return cuda ? new TorchDevice(torch.device(DeviceType.CUDA, 0), ScalarType.BFloat16, "cuda") : new TorchDevice(torch.device(DeviceType.CPU), ScalarType.Float32, "cpu");
    }

    // On a machine that has the libraries of the CPU alone, asking can fail.
    private static bool CudaIsAvailable(string asked)
    {
        try
        {
            return torch.cuda.is_available();
        }
        catch (Exception e) when (asked == "auto" && Native(e) is not null)
        {
            return false;
        }
    }

    private static Exception? Native(Exception e) => e switch
    {
        TypeInitializationException { InnerException: { } inner } => Native(inner) ?? inner,
        FileNotFoundException or FileLoadException or BadImageFormatException or DllNotFoundException or EntryPointNotFoundException or NotSupportedException
            or MissingMethodException or TypeLoadException or InvalidOperationException => e,
        _ => null,
    };
}

/// <summary>Where tensors are, and the type in which frozen weights and activations are held; trained numbers, norms, softmax and losses are always f32.</summary>
internal sealed record TorchDevice(torch.Device Device, ScalarType Compute, string Word)
{
    public bool IsCuda => Word == "cuda";

    /// <summary>What decides a result beside the request.</summary>
    public string Identity => $"torchsharp {TorchArithmetic.Version} {Versions} {Word}";

    public static string Versions
    {
        get
        {
            Assembly library = typeof(torch).Assembly;
            string version = library.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? library.GetName().Version!.ToString(3);
            return $"TorchSharp {version}, libtorch {torch.__version__}";
        }
    }
}

/// <summary>The driver that a GPU needs, as far as a file says; libtorch's own message names neither.</summary>
internal static class NvidiaDriver
{
    // CUDA 12 runs on drivers from this one on (NVIDIA, CUDA compatibility, minor version compatibility).
    public static readonly Version Required = new(525, 60);

    /// <summary>Null where there is none, or where it does not say.</summary>
    public static Version? Version
    {
        get
        {
            const string file = "/proc/driver/nvidia/version";
            string? text = RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && File.Exists(file) ? File.ReadLines(file).FirstOrDefault() : null;
            return text?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Version.TryParse(word, out Version? version) ? version : null).FirstOrDefault(v => v is not null);
        }
    }
}
