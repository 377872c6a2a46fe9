using System.Reflection;

namespace ModelOps.TestUtilities;

/// <summary>A folder feed with what a consumer of a model package restores: our libraries, packed once per test run, and the packages of others that
/// an app or a test project of theirs needs, taken from the cache with which these tests were built. No feed of the network is asked.</summary>
public static class LibraryFeed
{
    private static readonly string[] s_ours = ["ModelOps.Core", "ModelOps.Backends", "ModelOps.Engine", "ModelOps.Runtime", "ModelOps.Consume"];
    private static readonly string[] s_foreign = ["microsoft.extensions.ai.abstractions", "microsoft.extensions.dependencyinjection.abstractions", "microsoft.net.test.sdk", "microsoft.codecoverage", "microsoft.testplatform.", "xunit"];
    private static readonly Lazy<string> s_packages = new(Make);

    public static string Packages => s_packages.Value;

    private static string Make()
    {
        string feed = Path.Combine(Directory.CreateTempSubdirectory("modelops-feed-").FullName, "feed");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path.GetDirectoryName(feed)!, recursive: true);
        Directory.CreateDirectory(feed);
        string projects = string.Join(';', s_ours.Select(name => Path.Combine(SourceTree.Root, "src", name, name + ".csproj")));
        string all = Path.Combine(Path.GetDirectoryName(feed)!, "all.proj");
        File.WriteAllText(all, $"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{projects}" Targets="Pack" Properties="NoBuild=true;Configuration={SourceTree.Configuration};PackageOutputPath={feed}" />
              </Target>
            </Project>
            """);
        using FileStream alone = SdkFeed.OnePackAtATime();
        ProcessResult pack = Dotnet.Run(SourceTree.Root, new Dictionary<string, string>(), "msbuild", all, "-t:Pack", "-v:q", "-nologo");
        if (pack.ExitCode != 0)
        {
            throw new InvalidOperationException("The libraries could not be packed:\n" + pack.Output);
        }

        string cache = typeof(LibraryFeed).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PackageCache").Value!;
        foreach (string file in Directory.EnumerateDirectories(cache).Where(folder => s_foreign.Any(id => Path.GetFileName(folder).StartsWith(id, StringComparison.Ordinal)))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.nupkg", SearchOption.AllDirectories)))
        {
            File.Copy(file, Path.Combine(feed, Path.GetFileName(file)));
        }

        return feed;
    }
}
