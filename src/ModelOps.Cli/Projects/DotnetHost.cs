namespace ModelOps.Cli.Projects;

/// <summary>The <c>dotnet</c> that runs MSBuild and the worker.</summary>
internal static class DotnetHost
{
    /// <summary><c>DOTNET_HOST_PATH</c> as the SDK sets it; else the one this process runs on, when it has an SDK; else the one on the PATH.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } named)
        {
            return named;
        }

        // …/shared/Microsoft.NETCore.App/10.0.1/System.Private.CoreLib.dll
        string? root = System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location);
        for (int up = 0; up < 3 && root is not null; up++)
        {
            root = System.IO.Path.GetDirectoryName(root);
        }

        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        return root is not null && Directory.Exists(System.IO.Path.Combine(root, "sdk")) && File.Exists(System.IO.Path.Combine(root, name))
            ? System.IO.Path.Combine(root, name)
            : "dotnet";
    }
}
