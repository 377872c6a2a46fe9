using System.Diagnostics;
using System.Text;

namespace ModelOps.Benchmarks;

/// <summary>A user's repositories in a scratch folder, with the packed SDK, an own package cache and an own store; gone when the process ends.</summary>
internal sealed class Sandbox
{
    private readonly Lazy<string> _folder;

    /// <param name="root">This repository, whose packages are the feed.</param>
    public Sandbox(string root)
    {
        Root = root;
        _folder = new Lazy<string>(Create);
    }

    public string Root { get; }

    /// <summary>Absolute path of a file or folder of the sandbox.</summary>
    public string PathOf(params string[] parts) => Path.Combine([_folder.Value, .. parts]);

    public void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
        File.WriteAllText(PathOf(file), text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    /// <summary>Milliseconds of one run of the command line, from start to exit.</summary>
    /// <param name="server">Keeps MSBuild's server and nodes alive between runs.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public double Dotnet(string folder, string arguments, bool server = false) => Run(folder, arguments, server).Elapsed;

    /// <summary>The same, with what it printed.</summary>
    public (double Elapsed, string Output) Run(string folder, string arguments, bool server = false)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.Environment["NUGET_PACKAGES"] = PathOf("packages-cache");
        start.Environment["MODELOPS_HOME"] = PathOf("store");
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = server ? "1" : "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = server ? "0" : "1";
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return process.ExitCode == 0 ? (elapsed, output) : throw new InvalidOperationException($"dotnet {arguments} failed in {folder}:\n{output}");
    }

    private string Create()
    {
        string folder = Directory.CreateTempSubdirectory("modelops-bench-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        CopyFolder(Path.Combine(Root, "artifacts", "packages"), Path.Combine(folder, "artifacts", "packages"));
        File.WriteAllText(Path.Combine(folder, "nuget.config"), "<configuration><packageSources><add key=\"packed\" value=\"artifacts/packages\" /></packageSources></configuration>\n");
        return folder;
    }

    public static void CopyFolder(string source, string target)
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
