namespace ModelOps.Engine.Tests;

/// <summary>Finds the shared folder of real cases beside the repository, or where MODELOPS_SHARED_CASES says.</summary>
internal static class SharedCases
{
    public static string? Root { get; } = Find();

    public static string In(params string[] parts) => Path.Combine([Root!, .. parts]);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MODELOPS_SHARED_CASES") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "cases");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}

/// <summary>A test that needs the shared cases and is skipped, visibly, where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactIfSharedAttribute : FactAttribute
{
    public FactIfSharedAttribute() => Skip = SharedCases.Root == null ? "shared cases are absent" : null;
}

/// <inheritdoc cref="FactIfSharedAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryIfSharedAttribute : TheoryAttribute
{
    public TheoryIfSharedAttribute() => Skip = SharedCases.Root == null ? "shared cases are absent" : null;
}
