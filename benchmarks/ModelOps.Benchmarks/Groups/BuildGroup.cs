using System.Diagnostics;

namespace ModelOps.Benchmarks.Groups;

/// <summary>The no-op build of the sample's adapter against that of an empty Microsoft.Build.NoTargets project.</summary>
internal static class BuildGroup
{
    public static IEnumerable<Measure> Measures(string root)
    {
        string scratch = Directory.CreateTempSubdirectory("modelops-bench-").FullName;
        string adapter = Path.Combine(scratch, "sample-repo", "adapters", "TicketTriage");
        string empty = Path.Combine(scratch, "empty");
        yield return new Measure("build/noop", "ms", "<=", 1.3,
            () => Time(adapter, "build --no-restore -v quiet"),
            () => Time(empty, "build --no-restore -v quiet"))
        {
            Prepare = () => Prepare(root, scratch, adapter, empty),
        };
    }

    private static void Prepare(string root, string scratch, string adapter, string empty)
    {
        CopyFolder(Path.Combine(root, "artifacts", "packages"), Path.Combine(scratch, "artifacts", "packages"));
        CopyFolder(Path.Combine(root, "sample-repo"), Path.Combine(scratch, "sample-repo"));
        Directory.CreateDirectory(empty);
        File.WriteAllText(Path.Combine(empty, "empty.csproj"), """
            <Project Sdk="Microsoft.Build.NoTargets/3.7.0">
              <PropertyGroup><TargetFramework>netstandard2.0</TargetFramework></PropertyGroup>
            </Project>
            """);
        Environment.SetEnvironmentVariable("MODELOPS_HOME", Path.Combine(scratch, "store"));
        Environment.SetEnvironmentVariable("NUGET_PACKAGES", Path.Combine(scratch, "packages-cache"));
        Time(empty, "build");
        Time(adapter, "build");
        Time(empty, "build --no-restore -v quiet");
        Time(adapter, "build --no-restore -v quiet");
    }

    private static double Time(string folder, string arguments)
    {
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return process.ExitCode == 0 ? elapsed : throw new InvalidOperationException($"dotnet {arguments} failed in {folder}:\n{output}");
    }

    private static void CopyFolder(string source, string target)
    {
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(source, file);
            if (!relative.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            {
                string to = Path.Combine(target, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to);
            }
        }
    }
}
