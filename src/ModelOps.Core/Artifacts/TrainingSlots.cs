using System.Diagnostics;
using System.Globalization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Artifacts;

/// <summary>Why a training stands still: others have all slots.</summary>
/// <param name="Holders">Who trains, for people, for example <c>First (process 4711) since 14:03:22</c>.</param>
/// <param name="Waited">How long so far.</param>
public sealed record SlotWait(string Holders, TimeSpan Waited);

/// <summary>
/// At most so many trainings at a time among all processes that use a store: <c>slots/1.lock</c>, <c>2.lock</c> and so on, each an open file that the
/// operating system releases when its process ends, however it ends. A slot is taken last of all locks and nothing is waited for while it is held.
/// </summary>
/// <param name="storeRoot">Folder of the store.</param>
/// <param name="count">Number of slots; 0: no limit.</param>
public sealed class TrainingSlots(string storeRoot, int count)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_saysSoEvery = TimeSpan.FromSeconds(10);
    private readonly string _folder = Path.Combine(storeRoot, "slots");

    /// <summary>Waits for a free slot, which is freed by disposing of it.</summary>
    /// <param name="who">Who trains, for those who wait.</param>
    /// <param name="waiting">Called once when there is none, then every ten seconds.</param>
    /// <exception cref="DiagnosticException">The store cannot be written.</exception>
    public IDisposable Enter(string who, Action<SlotWait>? waiting, CancellationToken cancellation)
    {
        if (count == 0)
        {
            return new Slot(null, "");
        }

        var clock = Stopwatch.StartNew();
        TimeSpan pause = s_firstPause, next = TimeSpan.Zero;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryEnter(who) is { } slot)
            {
                return slot;
            }

            if (clock.Elapsed >= next)
            {
                next = clock.Elapsed + s_saysSoEvery;
                waiting?.Invoke(new SlotWait(Holders(), clock.Elapsed));
            }

            cancellation.WaitHandle.WaitOne(pause);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    private Slot? TryEnter(string who)
    {
        try
        {
            for (int slot = 1; slot <= count; slot++)
            {
                string path = PathOf(slot);
                if (StoreWrite.Repeat(() => Open(path)) is { } file)
                {
                    return Take(file, Path.ChangeExtension(path, ".holder"), who);
                }
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(StoreErrors.NotWritable(storeRoot, e.Message), e);
        }
    }

    private static Slot Take(FileStream file, string holder, string who)
    {
        try
        {
            File.WriteAllText(holder, string.Create(CultureInfo.InvariantCulture, $"{who} (process {Environment.ProcessId}) since {DateTime.Now:HH:mm:ss}"));
            return new Slot(file, holder);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private FileStream? Open(string path)
    {
        Directory.CreateDirectory(_folder);
        return FileLock.TryOpen(path);
    }

    private string Holders() => string.Join(", ", Enumerable.Range(1, count).Select(slot => Holder(Path.ChangeExtension(PathOf(slot), ".holder"))));

    private static string Holder(string path)
    {
        try
        {
            return ForeignText.Clean(File.ReadAllText(path), 120);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    private string PathOf(int slot) => Path.Combine(_folder, slot.ToString(CultureInfo.InvariantCulture) + ".lock");

    private sealed class Slot(FileStream? file, string holder) : IDisposable
    {
        public void Dispose()
        {
            if (file is not null)
            {
                ModelStore.Drop(holder);
                file.Dispose();
            }
        }
    }
}
