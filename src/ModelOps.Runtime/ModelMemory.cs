using System.Diagnostics.CodeAnalysis;
using ModelOps.Core.Diagnostics;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;

namespace ModelOps.Runtime;

/// <summary>What opening a model takes, known before it is opened. Bytes.</summary>
/// <param name="Weights">Of the base model, as they are stored: mapped from its files, and one copy for all processes that do so.</param>
/// <param name="Adapter">In this process, f32.</param>
/// <param name="Cache">Most for keys and values of all conversations; one conversation alone may exceed it.</param>
/// <param name="Work">Most for intermediate results.</param>
public sealed record ModelMemory(long Weights, long Adapter, long Cache, long Work)
{
    public long Total => Weights + Adapter + Cache + Work;

    /// <param name="folder">The model's folder beside the app.</param>
    /// <exception cref="DiagnosticException"><c>MOPS7002</c> to <c>MOPS7007</c>: manifest, base model or configuration cannot be used.</exception>
    [RequiresUnreferencedCode(ModelHost.Trimming), RequiresDynamicCode(ModelHost.Trimming)]
    public static ModelMemory Of(string folder, ModelRuntimeOptions? options = null)
        => Of(PackageFolder.Read(folder, options ?? new()), options ?? new());

    internal static ModelMemory Of(PackageFolder package, ModelRuntimeOptions options) => package.Guard(() =>
    {
        LlamaConfig config = LlamaConfig.Load(package.BaseFolder);
        return new ModelMemory(
            BytesOf(package.BaseFolder),
            package.IsAdapter ? BytesOf(package.Folder) : 0,
            options.CacheBytes,
            BatchLoop.WorkBytes(config, OpenModel.Loop(options)));
    });

    private static long BytesOf(string folder) => new DirectoryInfo(folder).EnumerateFiles("*.safetensors").Sum(file => file.Length);
}
