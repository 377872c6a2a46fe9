using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Artifacts;

/// <summary>Something the store keeps under one key: the result of an action, the answers of one subject, or what an unfinished training continues from.</summary>
/// <param name="Stage">The action's stage; <c>answers</c> for model answers, <c>checkpoints</c> for a training that was not finished.</param>
/// <param name="Size">Bytes of its files; what several entries share counts for each.</param>
/// <param name="LastUsedUtc">Never later than now, whatever the clock did.</param>
/// <param name="Paid">It cost money to make.</param>
/// <param name="Pinned">It is never collected.</param>
/// <param name="Files">Of a result; empty for the others.</param>
public sealed record StoreEntry(ActionKey Key, string Stage, long Size, DateTime LastUsedUtc, bool Paid, bool Pinned, IReadOnlyList<StoredFile> Files)
{
    public const string AnswersStage = "answers";

    public const string CheckpointsStage = "checkpoints";

    public bool IsAnswers => Stage == AnswersStage;

    public bool IsCheckpoints => Stage == CheckpointsStage;
}

/// <summary>What is in a store, and which of it is to stay.</summary>
public sealed class StoreInventory(ModelStore store)
{
    /// <summary>All entries, the least recently used first. Records that cannot be read are dropped, with a warning.</summary>
    public IReadOnlyList<StoreEntry> List()
    {
        StoreVersion.Check(store.Root);
        using IDisposable? use = store.Use.Share();
        DateTime now = DateTime.UtcNow;
        var entries = new List<StoreEntry>();
        foreach ((ActionKey key, FileInfo file) in Keyed("actions", ".json"))
        {
            if (store.Read(file.FullName, key) is { } action)
            {
                long size = file.Length + action.Files.Sum(f => f.Size);
                entries.Add(new StoreEntry(key, action.Stage, size, Earlier(file.LastWriteTimeUtc, now), action.Paid, IsPinned(key), action.Files));
            }
        }

        foreach ((ActionKey key, FileInfo file) in Keyed("answers", ".jsonl"))
        {
            entries.Add(new StoreEntry(key, StoreEntry.AnswersStage, file.Length, Earlier(file.LastWriteTimeUtc, now), store.Answers.IsPaid(key), IsPinned(key), []));
        }

        foreach ((ActionKey key, DirectoryInfo folder) in Unfinished())
        {
            FileInfo[] files = folder.GetFiles("*", SearchOption.AllDirectories);
            entries.Add(new StoreEntry(key, StoreEntry.CheckpointsStage, files.Sum(f => f.Length), Earlier(LastUsed(folder), now), false, IsPinned(key), []));
        }

        return [.. entries.OrderBy(e => e.LastUsedUtc).ThenBy(e => e.Key.Hex, StringComparer.Ordinal)];
    }

    /// <summary>The entry whose key begins so.</summary>
    /// <param name="key"><c>sha256:…</c>, or hexadecimal digits.</param>
    /// <exception cref="DiagnosticException">There is none, or more than one.</exception>
    public StoreEntry Find(string key)
    {
        string digits = key.StartsWith("sha256:", StringComparison.Ordinal) ? key[7..] : key;
        StoreEntry[] found = digits.Length == 0 ? [] :
        [
            .. List().Where(e => e.Key.Hex.StartsWith(digits, StringComparison.OrdinalIgnoreCase)).OrderBy(e => e.IsCheckpoints).DistinctBy(e => e.Key),
        ];
        return found.Length == 1 ? found[0] : throw new DiagnosticException(StoreErrors.NoSuchEntry(store.Root, key, found.Length));
    }

    /// <summary>From now on the entry is never collected, until it is unpinned.</summary>
    public void Pin(ActionKey key) => store.Write(store.PinPath(key), []);

    public void Unpin(ActionKey key) => ModelStore.Drop(store.PinPath(key));

    /// <summary>Bytes on disk, what several entries share counted once, without <see cref="ModelStore.Unsigned"/>. Reads names and sizes only.</summary>
    public long Size()
    {
        long size = 0;
        foreach (string folder in (string[])["cas", "actions", "answers", "checkpoints", "manifests", "runs", "origins", "tmp"])
        {
            var at = new DirectoryInfo(Path.Combine(store.Root, folder));
            if (at.Exists)
            {
                size += at.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
            }
        }

        return size;
    }

    /// <summary>When a training last wrote a checkpoint.</summary>
    internal static DateTime LastUsed(DirectoryInfo checkpoints)
        => checkpoints.EnumerateFiles().Select(f => f.LastWriteTimeUtc).Append(checkpoints.LastWriteTimeUtc).Max();

    private IEnumerable<(ActionKey Key, DirectoryInfo Folder)> Unfinished()
    {
        var at = new DirectoryInfo(Path.Combine(store.Root, "checkpoints"));
        foreach (DirectoryInfo folder in at.Exists ? at.GetDirectories() : [])
        {
            if (Digest.TryParse("sha256:" + folder.Name, out Digest digest))
            {
                yield return (new ActionKey(digest), folder);
            }
        }
    }

    private bool IsPinned(ActionKey key) => File.Exists(store.PinPath(key));

    private List<(ActionKey Key, FileInfo File)> Keyed(string folder, string extension)
    {
        var at = new DirectoryInfo(Path.Combine(store.Root, folder));
        var keyed = new List<(ActionKey, FileInfo)>();
        foreach (FileInfo file in at.Exists ? at.GetFiles("*" + extension) : [])
        {
            if (Digest.TryParse("sha256:" + file.Name[..^extension.Length], out Digest digest))
            {
                keyed.Add((new ActionKey(digest), file));
            }
        }

        return keyed;
    }

    private static DateTime Earlier(DateTime one, DateTime other) => one < other ? one : other;
}
