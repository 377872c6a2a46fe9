using System.Diagnostics;
using System.Globalization;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Artifacts;

/// <summary>Why a build stands still: another one does the same work.</summary>
/// <param name="Holder">Who holds the lock, for people, for example <c>process 4711 since 14:03:22</c>.</param>
/// <param name="Waited">How long so far.</param>
public sealed record StoreWait(ActionKey Key, string Holder, TimeSpan Waited);

/// <summary>
/// An exclusive lock across processes: an open file that the operating system releases when its process ends, however it ends
/// (flock on Unix, share mode on Windows). The file stays; deleting it would let two processes lock two files of one name.
/// </summary>
public sealed class StoreLock : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_saysSoEvery = TimeSpan.FromSeconds(5);
    private readonly FileStream _file;
    private readonly string _holderPath;

    private StoreLock(FileStream file, string holderPath) => (_file, _holderPath) = (file, holderPath);

    public void Dispose()
    {
        ModelStore.Drop(_holderPath);
        _file.Dispose();
    }

    internal static async Task<StoreLock> AcquireAsync(string path, StoreUse use, ActionKey key, Action<StoreWait>? waiting, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan pause = s_firstPause, said = TimeSpan.MinValue;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            // Shared, so that no collection deletes the file between our opening and our locking it.
            using (use.Share())
            {
                if (StoreWrite.Repeat(() => TryAcquire(path)) is { } held)
                {
                    return held;
                }
            }

            if (said == TimeSpan.MinValue || clock.Elapsed - said >= s_saysSoEvery)
            {
                said = clock.Elapsed;
                waiting?.Invoke(new StoreWait(key, Holder(path), clock.Elapsed));
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    /// <summary>Deletes what a holder that was killed has said of itself; a lock that is held is left alone.</summary>
    internal static void ForgetDeadHolder(string path)
    {
        try
        {
            if (File.Exists(HolderPath(path)))
            {
                TryAcquire(path)?.Dispose();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A store that cannot be written still serves what it has.
        }
    }

    private static StoreLock? TryAcquire(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (FileLock.TryOpen(path) is not { } file)
        {
            return null;
        }

        try
        {
            string holder = HolderPath(path);
            string since = DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
            File.WriteAllText(holder, $"process {Environment.ProcessId} on {Environment.MachineName} since {since}");
            return new StoreLock(file, holder);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string HolderPath(string path) => Path.ChangeExtension(path, ".holder");

    private static string Holder(string path)
    {
        try
        {
            return ForeignText.Clean(File.ReadAllText(HolderPath(path)), 120);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
