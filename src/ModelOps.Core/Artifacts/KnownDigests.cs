using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace ModelOps.Core.Artifacts;

/// <summary>
/// Digests of the files of folders that hardly ever change: restored packages, models beside an app. A file is read once per user, by whichever process comes first,
/// and again when its stamp has moved. Kept as <c>verified/&lt;digest of the folder's path&gt;</c> in the store (<c>docs/formats/store.md</c>). Safe for several threads.
/// </summary>
/// <remarks>Where a file system tells no change time that programs cannot set, nothing is kept: every process reads.</remarks>
public sealed class KnownDigests
{
    private const string Magic = "modelops-verified 1";
    private static readonly TimeSpan s_forgotten = TimeSpan.FromDays(180);

    private readonly string? _home;
    private readonly string[] _folders;
    private readonly ConcurrentDictionary<string, Known> _files = new(StringComparer.Ordinal);
    private volatile bool _learned;

    private KnownDigests(string? home, string[] folders)
    {
        _home = home;
        _folders = folders;
    }

    private sealed record Known(FileStamp Stamp, Digest Digest, bool MayKeep = true);

    /// <summary>Knows nothing beforehand and keeps nothing: every file is read once, now.</summary>
    public static KnownDigests None() => new(null, []);

    /// <summary>What is known of the files below <paramref name="folders"/>.</summary>
    /// <param name="home">A store's folder; null: the user's, or none where the user has no home.</param>
    public static KnownDigests Load(IEnumerable<string> folders, string? home = null)
    {
        ArgumentNullException.ThrowIfNull(folders);
        home ??= ModelStore.DefaultRoot();
        var known = new KnownDigests(
            Path.IsPathRooted(home) ? Path.Combine(home, "verified") : null,
            [.. folders.Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f))).Distinct(StringComparer.Ordinal)]);
        Array.ForEach(known._folders, known.Read);
        return known;
    }

    /// <summary>SHA-256 of a file's content.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public Digest Of(string path)
    {
        path = Path.GetFullPath(path);
        return _files.TryGetValue(path, out Known? known) && FileStamp.Of(path) == known.Stamp ? known.Digest : Learn(path);
    }

    /// <summary>Whether a file has this digest. No file is called damaged by what was remembered of it: it is read first.</summary>
    /// <inheritdoc cref="Of" path="/exception"/>
    public bool Is(string path, string digest) => Of(path).ToString() == digest || Learn(Path.GetFullPath(path)).ToString() == digest;

    /// <summary>Keeps what was learned, for whoever looks next. Not being able to is nobody's failure: it costs the next one time.</summary>
    public void Save()
    {
        if (!_learned || _home is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(_home);
            Array.ForEach(_folders, Write);
            foreach (FileInfo old in new DirectoryInfo(_home).EnumerateFiles().Where(f => f.LastWriteTimeUtc < DateTime.UtcNow - s_forgotten))
            {
                old.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A read-only home.
        }
    }

    private Digest Learn(string path)
    {
        DateTime now = DateTime.UtcNow;
        FileStamp stamp = FileStamp.Of(path) ?? throw new FileNotFoundException($"The file '{path}' is gone.", path);
        var digest = Digest.OfFile(path);
        _files[path] = new Known(stamp, digest, stamp.Changed != 0 && !stamp.IsRacyAt(now));
        _learned = true;
        return digest;
    }

    private void Read(string folder)
    {
        try
        {
            string file = FileOf(folder);
            string[] lines = _home is not null && File.Exists(file) ? File.ReadAllLines(file) : [];
            foreach (string[] parts in lines is [Magic, .. var entries] ? entries.Select(line => line.Split('\t')) : [])
            {
                if (parts.Length == 7 && FileStamps.TryParse(parts.AsSpan(0, 5), out FileStamp stamp) && Digest.TryParse("sha256:" + parts[5], out Digest digest))
                {
                    _files[Path.Combine(folder, parts[6])] = new Known(stamp, digest);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not known, then.
        }
    }

    private void Write(string folder)
    {
        string inside = folder + Path.DirectorySeparatorChar;
        var text = new StringBuilder(Magic).Append('\n');
        foreach ((string path, Known known) in _files.Where(f => f.Value.MayKeep && f.Key.StartsWith(inside, StringComparison.Ordinal)).OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{known.Stamp.ToText()}\t{known.Digest.Hex}\t{path[inside.Length..]}\n");
        }

        AtomicFile.WriteIfDifferent(FileOf(folder), Encoding.UTF8.GetBytes(text.ToString()));
    }

    private string FileOf(string folder) => Path.Combine(_home ?? "", Digest.Of(Encoding.UTF8.GetBytes(folder)).Hex[..32]);
}
