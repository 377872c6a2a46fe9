using System.Diagnostics;

namespace ModelOps.Core.Artifacts;

/// <summary>
/// Keeps the collector and everybody else apart: whoever reads or writes results shares <c>locks/use.lock</c>, and the collector deletes only
/// while it holds it alone. The operating system releases it when its process ends.
/// </summary>
internal sealed class StoreUse(string root)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private readonly string _path = Path.Combine(root, "locks", "use.lock");

    /// <summary>Waits while a collection deletes, which takes moments. Null where the store cannot be written: then this user cannot collect it either.</summary>
    public IDisposable? Share()
    {
        while (true)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                return new FileStream(_path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read, 0);
            }
            catch (IOException e) when (FileLock.IsHeld(e))
            {
                Thread.Sleep(s_pause);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Null when others use the store until the patience is over.</summary>
    public IDisposable? TryAlone(TimeSpan patience)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        for (var clock = Stopwatch.StartNew(); ; Thread.Sleep(s_pause))
        {
            if (FileLock.TryOpen(_path) is { } alone)
            {
                return alone;
            }

            if (clock.Elapsed >= patience)
            {
                return null;
            }
        }
    }
}
