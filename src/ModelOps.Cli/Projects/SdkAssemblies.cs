using System.Runtime.Loader;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Projects;

/// <summary>NuGet's assemblies are those of the .NET SDK, as in the build; no second copy is shipped.</summary>
internal static class SdkAssemblies
{
    /// <summary>From here on NuGet's types can be loaded; methods that use them must not have been entered before.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS9012</c>: there is no SDK.</exception>
    public static void Use()
    {
        string folder = Newest() ?? throw new DiagnosticException(CliErrors.NoDotnet(DotnetHost.Path, new DirectoryNotFoundException("There is no .NET SDK 10 beside it.")));
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(folder, name.Name + ".dll") is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
    }

    private static string? Newest()
    {
        string? sdks = RootOf(DotnetHost.Path) is { } root ? Path.Combine(root, "sdk") : null;
        return !Directory.Exists(sdks) ? null : Directory.EnumerateDirectories(sdks)
            .Select(folder => (Folder: folder, Version: Version.TryParse(Path.GetFileName(folder).Split('-')[0], out Version? version) ? version : new Version()))
            .Where(sdk => sdk.Version.Major >= 10 && File.Exists(Path.Combine(sdk.Folder, "NuGet.Packaging.dll")))
            .OrderBy(sdk => sdk.Version).Select(sdk => sdk.Folder).LastOrDefault();
    }

    private static string? RootOf(string host)
    {
        string? file = File.Exists(host) ? Path.GetFullPath(host) : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? host + ".exe" : host)).FirstOrDefault(File.Exists);
        return file is null ? null : Path.GetDirectoryName(new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file);
    }
}
