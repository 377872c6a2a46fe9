namespace TinyBase.Tests;

/// <summary>Finds the repository that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string ModelFolder => Path.Combine(Root, "sample-repo", "models", "tiny-base");

    /// <summary>The data files of the sample adapters.</summary>
    public static IReadOnlyList<string> SampleData()
    {
        string adapters = Path.Combine(Root, "sample-repo", "adapters");
        return Directory.Exists(adapters)
            ? Directory.EnumerateFiles(adapters, "*.jsonl", SearchOption.AllDirectories)
                .Where(f => f.Contains($"{Path.DirectorySeparatorChar}data{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList()
            : [];
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "ModelOps.sln")))
                return folder.FullName;
        throw new InvalidOperationException("ModelOps.sln is in no folder above the test assembly");
    }
}

/// <summary>Skips, visibly, while the sample adapters have no data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactIfSampleDataAttribute : FactAttribute
{
    public FactIfSampleDataAttribute()
    {
        if (Repository.SampleData().Count == 0)
            Skip = "sample-repo/adapters has no data files";
    }
}
