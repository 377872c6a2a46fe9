using System.Diagnostics;
using System.Globalization;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Files;

/// <summary>
/// One build at a time in one <c>obj/modelops</c>: the stages of two builds would write over each other. An open file that the operating system
/// releases when its process ends; held from the first stage that works to the last.
/// </summary>
public sealed class ProjectLock : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_saysSoEvery = TimeSpan.FromSeconds(5);
    private readonly FileStream _file;
    private readonly string _holder;

    private ProjectLock(FileStream file, string holder) => (_file, _holder) = (file, holder);

    /// <summary>Waits for another build of the project, and says so.</summary>
    /// <param name="directory"><c>obj/modelops</c>.</param>
    public static ProjectLock Acquire(string directory, string project, IStageLog log, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, "build.lock"), holder = Path.Combine(directory, "build.holder");
        var clock = Stopwatch.StartNew();
        for (TimeSpan next = TimeSpan.Zero; ; cancellation.WaitHandle.WaitOne(s_pause))
        {
            cancellation.ThrowIfCancellationRequested();
            if (FileLock.TryOpen(path) is { } file)
            {
                File.WriteAllText(holder, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} since {DateTime.Now:HH:mm:ss}"));
                return new ProjectLock(file, holder);
            }

            if (clock.Elapsed >= next)
            {
                next = clock.Elapsed + s_saysSoEvery;
                log.Message($"  {project}: waits for another build of this project ({Holder(holder)})", important: true);
            }
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(Path.GetDirectoryName(_holder)))
        {
            File.Delete(_holder);
        }

        _file.Dispose();
    }

    private static string Holder(string path)
    {
        try
        {
            return ForeignText.Clean(File.ReadAllText(path), 80);
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
