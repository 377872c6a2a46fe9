using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Artifacts;

/// <param name="Removed">Entries that are gone.</param>
/// <param name="Before">Bytes of the store before.</param>
/// <param name="After">Bytes of the store now.</param>
public sealed record StoreCollection(IReadOnlyList<StoreEntry> Removed, long Before, long After);

/// <summary>
/// Keeps a store below a size by removing what was not used for the longest time. Pinned entries, paid ones unless asked, and whatever a live
/// build works on stay. Deletes only while nobody else uses the store.
/// </summary>
public sealed class StoreCollector(ModelStore store)
{
    private readonly StoreInventory _inventory = new(store);

    /// <summary>Collects down to the size, and removes what belongs to nothing (files without a record, unfinished ones, old locks).</summary>
    /// <exception cref="DiagnosticException">The store is used all the time, or cannot be written.</exception>
    public StoreCollection Collect(long size, bool includePaid, TimeSpan patience)
        => TryCollectAll(size, includePaid, patience) ?? throw new DiagnosticException(StoreErrors.InUse(store.Root));

    /// <summary>
    /// The end of a build that wrote something: looks at sizes, and collects only when there are too many bytes and nobody is in the way. A failure is no
    /// failure of the build; the next one tries again.
    /// </summary>
    public StoreCollection? Trim(long size)
    {
        try
        {
            return store.HasGrown && _inventory.Size() + SizeOfUnsigned() > size ? TryCollectAll(size, includePaid: false, TimeSpan.Zero) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DiagnosticException)
        {
            return null;
        }
    }

    private long SizeOfUnsigned() => store.HasUnsigned ? new StoreInventory(store.Unsigned).Size() : 0;

    /// <summary>What came unsigned from a feed gives way first: it is there again for the asking.</summary>
    private StoreCollection? TryCollectAll(long size, bool includePaid, TimeSpan patience)
    {
        var apart = new StoreCollection([], 0, 0);
        if (store.HasUnsigned)
        {
            if (new StoreCollector(store.Unsigned).TryCollect(Math.Max(0, size - _inventory.Size()), includePaid, patience) is not { } collected)
            {
                return null;
            }

            apart = collected;
        }

        return TryCollect(Math.Max(0, size - apart.After), includePaid, patience) is { } own
            ? new StoreCollection([.. apart.Removed, .. own.Removed], apart.Before + own.Before, apart.After + own.After) : null;
    }

    private StoreCollection? TryCollect(long size, bool includePaid, TimeSpan patience)
    {
        StoreVersion.Check(store.Root);
        // Read before the store is taken alone: reading shares it.
        IReadOnlyList<StoreEntry> entries = _inventory.List();
        try
        {
            using IDisposable? alone = store.Use.TryAlone(patience);
            return alone is null ? null : Collect(entries, size, includePaid);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(StoreErrors.NotWritable(store.Root, e.Message), e);
        }
    }

    private StoreCollection Collect(IReadOnlyList<StoreEntry> entries, long size, bool includePaid)
    {
        long before = _inventory.Size();
        SweepOrphans();
        long now = _inventory.Size();
        Dictionary<Digest, int> users = Users();
        var removed = new List<StoreEntry>();
        foreach (StoreEntry entry in entries)
        {
            if (now <= size)
            {
                break;
            }

            if (!entry.Pinned && (includePaid || !entry.Paid) && !WasUsedSince(entry) && !IsWorkedOn(entry))
            {
                now -= Remove(entry, users);
                removed.Add(entry);
            }
        }

        SweepLocks();
        return new StoreCollection(removed, before, now);
    }

    // Somebody may have used or paid for an entry between the list and our being alone.
    private bool WasUsedSince(StoreEntry entry)
    {
        string path = PathOf(entry);
        if (entry.IsCheckpoints)
        {
            return !Directory.Exists(path) || StoreInventory.LastUsed(new DirectoryInfo(path)) is var written && written > entry.LastUsedUtc && written <= DateTime.UtcNow;
        }

        return !File.Exists(path) || (File.GetLastWriteTimeUtc(path) is var used && used > entry.LastUsedUtc && used <= DateTime.UtcNow)
            || (entry.IsAnswers && !entry.Paid && store.Answers.IsPaid(entry.Key));
    }

    private bool IsWorkedOn(StoreEntry entry)
    {
        string path = store.LockPath(entry.IsAnswers ? AnswerCache.LockOf(entry.Key) : entry.Key);
        if (!File.Exists(path))
        {
            return false;
        }

        using FileStream? free = FileLock.TryOpen(path);
        return free is null;
    }

    // The record first: without it the files belong to nobody, and a collection that is killed here leaves only what the next one sweeps.
    private long Remove(StoreEntry entry, Dictionary<Digest, int> users)
    {
        string record = PathOf(entry);
        if (entry.IsCheckpoints)
        {
            FolderSwap.Delete(record);
            return entry.Size;
        }

        ModelStore.Drop(store.OriginPath(entry.Key));
        long freed = new FileInfo(record).Length;
        File.Delete(record);
        foreach (StoredFile file in entry.Files)
        {
            if (--users[file.Digest] == 0)
            {
                ModelStore.Drop(store.Blobs.PathOf(file.Digest));
                freed += file.Size;
            }
        }

        return freed;
    }

    private string PathOf(StoreEntry entry)
        => entry.IsAnswers ? store.Answers.PathOf(entry.Key) : entry.IsCheckpoints ? store.CheckpointPath(entry.Key) : store.ActionPath(entry.Key);

    private Dictionary<Digest, int> Users()
    {
        var users = new Dictionary<Digest, int>();
        foreach (StoredFile file in Records().SelectMany(a => a.Files))
        {
            users[file.Digest] = users.GetValueOrDefault(file.Digest) + 1;
        }

        return users;
    }

    private List<StoredAction> Records()
    {
        var records = new List<StoredAction>();
        string folder = Path.Combine(store.Root, "actions");
        foreach (string path in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [])
        {
            if (Digest.TryParse("sha256:" + Path.GetFileNameWithoutExtension(path), out Digest key) && store.Read(path, new(key)) is { } action)
            {
                records.Add(action);
            }
        }

        return records;
    }

    // While we are alone nobody writes: every unfinished file is abandoned, and every file without a record is one too many.
    private void SweepOrphans()
    {
        HashSet<Digest> used = [.. Records().SelectMany(a => a.Files).Select(f => f.Digest)];
        foreach (string path in FilesUnder("tmp"))
        {
            ModelStore.Drop(path);
        }

        foreach (string path in FilesUnder("cas"))
        {
            if (!Digest.TryParse("sha256:" + Path.GetFileName(path), out Digest digest) || !used.Contains(digest))
            {
                ModelStore.Drop(path);
            }
        }
    }

    // A lock that is free is deleted while it is held by us; whoever opens it at this moment waits for the store (StoreUse) before.
    private void SweepLocks()
    {
        foreach (string path in FilesUnder("locks").Where(p => p.EndsWith(".lock", StringComparison.Ordinal) && Path.GetFileName(p).Length > 64))
        {
            using FileStream? free = FileLock.TryOpen(path);
            if (free is not null)
            {
                ModelStore.Drop(Path.ChangeExtension(path, ".holder"));
                ModelStore.Drop(path);
            }
        }
    }

    private string[] FilesUnder(string folder)
        => Directory.Exists(Path.Combine(store.Root, folder)) ? Directory.GetFiles(Path.Combine(store.Root, folder), "*", SearchOption.AllDirectories) : [];
}
