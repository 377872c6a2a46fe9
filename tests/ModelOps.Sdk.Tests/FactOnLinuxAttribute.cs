namespace ModelOps.Sdk.Tests;

/// <summary>A test that finds another process by its command line, which only Linux shows without further tools.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactOnLinuxAttribute : FactAttribute
{
    public FactOnLinuxAttribute() => Skip = OperatingSystem.IsLinux() ? null : "There is no /proc here.";
}
