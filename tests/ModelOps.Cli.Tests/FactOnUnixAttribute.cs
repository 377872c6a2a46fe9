namespace ModelOps.Cli.Tests;

/// <summary>A test that needs signals; skipped elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactOnUnixAttribute : FactAttribute
{
    public FactOnUnixAttribute() => Skip = OperatingSystem.IsWindows() ? "There are no signals on Windows." : null;
}
