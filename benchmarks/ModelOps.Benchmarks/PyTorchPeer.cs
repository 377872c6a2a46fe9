using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;

namespace ModelOps.Benchmarks;

/// <summary>
/// PyTorch on the CPU at its best: the distribution's python3 with torch, OpenBLAS with OpenMP put before the plain BLAS, and AVX-512 kernels
/// where the machine has them. The script lies beside the checkout, in <c>shared/bench</c>; where a part is absent, <see cref="Missing"/> says which.
/// </summary>
internal sealed class PyTorchPeer
{
    private const string Python = "/usr/bin/python3";
    private const string BlasPackage = "libopenblas0-openmp";
    private static readonly Lock s_lock = new();
    private static PyTorchPeer? s_found;

    private PyTorchPeer(string root)
    {
        Script = Path.GetFullPath(Path.Combine(root, "..", "shared", "bench", "torch_lora.py"));
        Blas = FindBlas();
        Missing = FindMissing();
    }

    /// <summary>Looks once per process.</summary>
    /// <param name="root">Root of the checkout.</param>
    public static PyTorchPeer Find(string root)
    {
        lock (s_lock)
        {
            return s_found ??= new PyTorchPeer(root);
        }
    }

    /// <summary>Why the peer cannot run here, or null. Fits <see cref="Measure.Missing"/>.</summary>
    public string? Missing { get; }

    /// <summary>The peer's script: <c>train</c> and <c>generate</c>.</summary>
    public string Script { get; }

    /// <summary>OpenBLAS with OpenMP, as a path; null where it is not installed.</summary>
    public string? Blas { get; }

    /// <summary>
    /// The kernels that OpenBLAS shall use, or null for its own choice: releases older than a processor take it for one without AVX-512
    /// and lose half their speed.
    /// </summary>
    public static string? BlasCoreType => Avx512F.IsSupported ? "SkylakeX" : null;

    /// <summary>Runs the peer's script and returns every line it printed; the last one is its summary.</summary>
    public IReadOnlyList<JsonElement> Run(params string[] arguments) => RunScript(Script, arguments);

    /// <summary>Runs another script under the same conditions.</summary>
    public IReadOnlyList<JsonElement> RunScript(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, [script, .. arguments]);
        start.Environment["LD_PRELOAD"] = Blas;
        start.Environment["ATEN_CPU_CAPABILITY"] = Avx512F.IsSupported ? "avx512" : "avx2";
        if (BlasCoreType is { } core)
        {
            start.Environment["OPENBLAS_CORETYPE"] = core;
        }

        string output = ChildProcess.Output(start);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>A number of the last line.</summary>
    public static double Summary(IReadOnlyList<JsonElement> lines, string name) => lines[^1].GetProperty(name).GetDouble();

    private string? FindMissing()
    {
        if (!File.Exists(Python))
        {
            return string.Create(CultureInfo.InvariantCulture, $"there is no {Python}");
        }

        if (Blas is null)
        {
            return $"the package {BlasPackage} is not installed";
        }

        if (!File.Exists(Script))
        {
            return $"there is no {Script}";
        }

        return Try(Python, "-c", "import torch") is null ? $"{Python} has no torch (package python3-torch)" : null;
    }

    private static string? FindBlas() => Try("dpkg", "-L", BlasPackage)?.Split('\n').FirstOrDefault(line => line.EndsWith("/libblas.so.3", StringComparison.Ordinal));

    private static string? Try(string file, params string[] arguments)
    {
        try
        {
            return ChildProcess.Output(new ProcessStartInfo(file, arguments));
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
