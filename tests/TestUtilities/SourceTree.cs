namespace ModelOps.TestUtilities;

/// <summary>Where the tests were built from.</summary>
public static class SourceTree
{
    public static string Root { get; } = Above("ModelOps.sln");

    /// <summary><c>Debug</c> or <c>Release</c>, as the tests themselves.</summary>
    public static string Configuration { get; } = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    /// <summary>The trainer for tests; see its Program.cs for what it does on demand.</summary>
    public static string MockWorker { get; } = Path.Combine(Root, "tests", "ModelOps.MockWorker", "bin", Configuration, "net10.0", "ModelOps.MockWorker.dll");

    /// <summary><c>dotnet modelops</c>, for <c>dotnet exec</c>.</summary>
    public static string Tool { get; } = Path.Combine(Root, "src", "ModelOps.Cli", "bin", Configuration, "net10.0", "dotnet-modelops.dll");

    private static string Above(string file)
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, file)))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has {file}.");
    }
}
