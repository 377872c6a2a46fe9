using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ModelOps.Core.Artifacts;

namespace ModelOps.Pipeline.Files;

/// <summary>
/// Digests of files that are read only when their stat moved: then XxHash128 first, and SHA-256 only where that differs too.
/// Format: a line <c>modelops-stat 2</c>, then <c>path TAB size TAB mtime TAB ctime TAB inode TAB device TAB xxh128 TAB sha256</c>, paths in ordinal order.
/// </summary>
public sealed class StatCache
{
    private const string Magic = "modelops-stat 2";
    private readonly string _path;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    private StatCache(string path) => _path = path;

    private sealed record Entry(FileStamp Stamp, UInt128 Quick, Digest Digest);

    public static StatCache Load(string path)
    {
        var cache = new StatCache(path);
        if (File.Exists(path) && File.ReadAllLines(path) is [Magic, .. var lines])
        {
            foreach (string line in lines)
            {
                cache.Parse(line.Split('\t'));
            }
        }

        return cache;
    }

    /// <summary>SHA-256 of a file's content; safe from several threads.</summary>
    public Digest DigestOf(string path, CancellationToken cancellation)
    {
        DateTime now = DateTime.UtcNow;
        FileStamp stamp = FileStamp.Of(path) ?? throw new FileNotFoundException($"The file '{path}' is gone.", path);
        Entry? known;
        lock (_lock)
        {
            _used.Add(path);
            known = _entries.GetValueOrDefault(path);
        }

        if (known is not null && known.Stamp == stamp)
        {
            return known.Digest;
        }

        Entry entry = Read(path, stamp, known, cancellation);
        lock (_lock)
        {
            // A file this young may be written once more within the clock's granularity and look the same: it is read again next time.
            _entries[path] = stamp.IsRacyAt(now) ? entry with { Stamp = stamp with { Modified = 0, Changed = 0 } } : entry;
        }

        return entry.Digest;
    }

    /// <summary>Reads what of these files has to be read on all cores, so that <see cref="DigestOf"/> knows them; files that are not there are passed over.</summary>
    public void Read(IEnumerable<string> paths, CancellationToken cancellation)
        => Parallel.ForEach(
            Partitioner.Create(paths.Where(File.Exists), EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
            path =>
            {
                try
                {
                    DigestOf(path, cancellation);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Whoever asks for it reports it.
                }
            });

    /// <summary>Keeps what this build used and forgets the rest.</summary>
    public void Save()
    {
        var text = new StringBuilder(Magic).Append('\n');
        foreach ((string path, Entry entry) in _entries.Where(e => _used.Contains(e.Key)).OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{path}\t{entry.Stamp.ToText()}\t{entry.Quick:x32}\t{entry.Digest.Hex}\n");
        }

        AtomicFile.WriteIfDifferent(_path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static Entry Read(string path, FileStamp stamp, Entry? known, CancellationToken cancellation)
    {
        if (known is not null && known.Stamp.Size == stamp.Size && QuickHash.OfFile(path, stamp.Size, cancellation) == known.Quick)
        {
            return known with { Stamp = stamp };
        }

        // Both hashes of a buffer while it is in the core's cache.
        using var strong = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var quick = new QuickHash();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(QuickHash.BufferSize);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);
        for (long at = 0; RandomAccess.Read(file, buffer.AsSpan(0, QuickHash.BufferSize), at) is var count and > 0; at += count)
        {
            cancellation.ThrowIfCancellationRequested();
            strong.AppendData(buffer, 0, count);
            quick.Append(buffer.AsSpan(0, count));
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return new Entry(stamp, quick.Finish(), Digest.FromBytes(strong.GetHashAndReset()));
    }

    private void Parse(string[] parts)
    {
        if (parts.Length == 8 && FileStamps.TryParse(parts.AsSpan(1, 5), out FileStamp stamp)
            && UInt128.TryParse(parts[6], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out UInt128 quick)
            && Digest.TryParse("sha256:" + parts[7], out Digest digest))
        {
            _entries[parts[0]] = new Entry(stamp, quick, digest);
        }
    }
}
