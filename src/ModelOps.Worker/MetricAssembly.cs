using System.Reflection;
using System.Runtime.Loader;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Custom;

namespace ModelOps.Worker;

/// <summary>
/// Opens a metric of somebody else's assembly in a load context of its own: its dependencies are those beside it (its <c>.deps.json</c>), whatever versions the worker has;
/// only ModelOps.Core, which holds the interface, is shared.
/// </summary>
internal sealed class MetricAssembly : AssemblyLoadContext
{
    private const string Shared = "ModelOps.Core";
    private readonly AssemblyDependencyResolver _resolver;

    private MetricAssembly(string path)
        : base(Path.GetFileNameWithoutExtension(path)) => _resolver = new AssemblyDependencyResolver(path);

    /// <param name="type">Full name; null: the only one that the assembly has.</param>
    /// <exception cref="DiagnosticException"><c>MOPS5310</c>: it cannot be loaded; <c>MOPS5311</c>: it has no such metric.</exception>
    public static IAnswerEvaluator Open(string path, string? type, string metric)
    {
        try
        {
            Type[] found = [.. new MetricAssembly(path).LoadFromAssemblyPath(path).GetExportedTypes()
                .Where(t => t is { IsClass: true, IsAbstract: false } && typeof(IAnswerEvaluator).IsAssignableFrom(t) && t.GetConstructor(Type.EmptyTypes) is not null)
                .Where(t => type is null || t.FullName == type)];
            IAnswerEvaluator[] evaluators = [.. found.Select(t => (IAnswerEvaluator)Activator.CreateInstance(t)!).Where(e => e.EvaluationMetricNames.Contains(metric))];
            return evaluators is [var only] ? only : throw new DiagnosticException(WorkerErrors.NoSuchMetric(path, type, metric, [.. found.Select(t => t.FullName!)]));
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or ReflectionTypeLoadException or TypeLoadException or TargetInvocationException or UnauthorizedAccessException or MissingMethodException or InvalidOperationException)
        {
            throw new DiagnosticException(WorkerErrors.MetricUnloadable(path, (e as TargetInvocationException)?.InnerException ?? e), e);
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName)
        => assemblyName.Name == Shared || _resolver.ResolveAssemblyToPath(assemblyName) is not { } path ? null : LoadFromAssemblyPath(path);

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
        => _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
