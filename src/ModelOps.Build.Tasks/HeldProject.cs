using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>
/// The project's lock over several tasks of one build: kept by the build engine between them, which disposes of it at the build's end when a target in
/// between fails. Nothing else is waited for while it is held, so that two builds of many projects never wait for each other.
/// </summary>
internal sealed class HeldProject(IBuildEngine engine, string directory)
{
    // Two builds of one project in one process differ in their global properties.
    private readonly string _key = $"{typeof(HeldProject).FullName}|{directory}|{Global(engine)}";
    private ProjectLock? _held;

    public void Enter(string project, IStageLog log, CancellationToken cancellation)
        => _held = (engine as IBuildEngine4)?.UnregisterTaskObject(_key, RegisteredTaskObjectLifetime.Build) as ProjectLock
            ?? ProjectLock.Acquire(directory, project, log, cancellation);

    /// <param name="keep">A later stage of this build goes on.</param>
    public void Leave(bool keep)
    {
        if (keep && _held is not null && engine is IBuildEngine4 objects)
        {
            objects.RegisterTaskObject(_key, _held, RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
        }
        else
        {
            _held?.Dispose();
        }

        _held = null;
    }

    private static string Global(IBuildEngine engine)
        => engine is IBuildEngine6 six ? string.Join('|', six.GetGlobalProperties().OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}")) : "";
}
