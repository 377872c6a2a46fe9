namespace ModelOps.Core.Tests;

/// <summary>Material that lies beside the repository (or where MODELOPS_SHARED_CASES says); tests that use it skip visibly without it.</summary>
internal static class SharedCases
{
    public static string? Folder { get; } = Find();

    public static string In(string relative) => Path.Combine(Folder ?? throw new InvalidOperationException("No shared cases."), relative);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MODELOPS_SHARED_CASES") is { Length: > 0 } set)
        {
            return Directory.Exists(set) ? set : null;
        }

        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "shared", "cases");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}

/// <summary>A fact that needs one of the shared cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactIfSharedAttribute : FactAttribute
{
    public FactIfSharedAttribute(string relative)
    {
        if (SharedCases.Folder is null || !Path.Exists(SharedCases.In(relative)))
        {
            Skip = $"shared/cases/{relative} is not here";
        }
    }
}
