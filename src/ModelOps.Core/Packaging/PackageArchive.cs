using System.Buffers;
using System.IO.Compression;
using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Packaging;

/// <summary>Reads a <c>.nupkg</c> that anybody may have made. The whole directory is checked before the first byte of an entry is read: names that leave the folder,
/// links, two entries of one name, and more content than a file of that length can hold are refused.</summary>
public sealed class PackageArchive : IDisposable
{
    /// <summary>Deflate cannot do better than 1032 to 1, and no model file comes near this.</summary>
    private const long LargestRatio = 200;

    /// <summary>Small packages of empty and repetitive files may compress better.</summary>
    private const long AlwaysAllowed = 64L << 20;

    private const int MostEntries = 100_000;

    private const int UnixTypeMask = 0xF000, UnixFile = 0x8000, UnixFolder = 0x4000;

    private static readonly SearchValues<char> s_forbidden = SearchValues.Create("\\:*?\"<>|");

    private static readonly HashSet<string> s_devices = new(
        ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(i => (string[])[$"COM{i}", $"LPT{i}"])], StringComparer.OrdinalIgnoreCase);

    private readonly string _path;
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    private PackageArchive(string path, ZipArchive archive)
    {
        _path = path;
        _archive = archive;
    }

    /// <summary>Names of all entries that are files, as a restored package has them.</summary>
    public IReadOnlyCollection<string> Files => _entries.Keys;

    /// <exception cref="DiagnosticException"><c>MOPS6102</c> to <c>MOPS6105</c>, <c>MOPS6107</c>: nothing was written.</exception>
    public static PackageArchive Open(string path)
    {
        if (!File.Exists(path))
        {
            throw ArchiveErrors.NoSuchPackage(path);
        }

        PackageArchive? archive = null;
        try
        {
            archive = new PackageArchive(path, ZipFile.OpenRead(path));
            archive.Check();
            return archive;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            archive?.Dispose();
            throw ArchiveErrors.Damaged(path, e.Message, e);
        }
        catch
        {
            archive?.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of a small file; null when the package has none of that name.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS6104</c>, <c>MOPS6105</c></exception>
    public byte[]? Read(string file, int most = 64 << 20)
    {
        if (!_entries.TryGetValue(file, out ZipArchiveEntry? entry))
        {
            return null;
        }

        using var bytes = new MemoryStream();
        return entry.Length <= most ? Copy(entry, bytes).ToArray() : throw ArchiveErrors.TooLarge(_path, $"'{file}' claims {entry.Length} bytes");
    }

    /// <summary>Writes the content and the signatures below <paramref name="folder"/>, which need not exist; NuGet's own entries stay where they are.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS6104</c>, <c>MOPS6105</c></exception>
    public void Extract(string folder)
    {
        foreach ((string name, ZipArchiveEntry entry) in _entries.Where(e => PackagedContent.Covers(e.Key) || e.Key.StartsWith("signatures/", StringComparison.Ordinal)))
        {
            string target = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
            Copy(entry, file);
        }
    }

    public void Dispose() => _archive.Dispose();

    private T Copy<T>(ZipArchiveEntry entry, T target)
        where T : Stream
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            using Stream source = entry.Open();
            long left = entry.Length;
            for (int read; (read = source.Read(buffer)) > 0; left -= read)
            {
                // The directory of an archive may understate what unpacks.
                target.Write(buffer, 0, read <= left ? read : throw ArchiveErrors.TooLarge(_path, $"'{entry.FullName}' is larger than it claims"));
            }

            return left == 0 ? target : throw ArchiveErrors.Damaged(_path, $"'{entry.FullName}' is shorter than it claims");
        }
        catch (InvalidDataException e)
        {
            throw ArchiveErrors.Damaged(_path, e.Message, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Check()
    {
        if (_archive.Entries.Count > MostEntries)
        {
            throw ArchiveErrors.TooLarge(_path, $"it has {_archive.Entries.Count} entries");
        }

        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var folders = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        long allowed = AlwaysAllowed + (LargestRatio * new FileInfo(_path).Length);
        foreach (ZipArchiveEntry entry in _archive.Entries)
        {
            string name = NameOf(entry);
            if (entry.Length < 0 || (allowed -= entry.Length) < 0)
            {
                throw ArchiveErrors.TooLarge(_path, $"'{name}' claims {entry.Length} bytes, in a file of {new FileInfo(_path).Length}");
            }

            if (name.EndsWith('/'))
            {
                folders.Add(name.TrimEnd('/').Normalize());
                continue;
            }

            if (!seen.Add(name.Normalize()))
            {
                throw ArchiveErrors.DuplicateEntry(_path, name);
            }

            for (int slash = name.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = name.IndexOf('/', slash + 1))
            {
                folders.Add(name[..slash].Normalize());
            }

            _entries.Add(name, entry);
        }

        // One name for a file and for a folder.
        if (seen.FirstOrDefault(folders.Contains) is { } both)
        {
            throw ArchiveErrors.DuplicateEntry(_path, both);
        }
    }

    private string NameOf(ZipArchiveEntry entry)
    {
        // Packed names are those of a URI; restore decodes them, so what counts is the decoded name.
        string name = Uri.UnescapeDataString(entry.FullName);
        int type = (entry.ExternalAttributes >>> 16) & UnixTypeMask;
        string? problem = type is not (0 or UnixFile or UnixFolder) ? "is a link or a device"
            : name.StartsWith('/') ? "is an absolute path"
            : name.AsSpan().IndexOfAny(s_forbidden) >= 0 || name.Any(char.IsControl) || !IsWellFormed(name) ? "has characters that are no part of a package's names"
            : name.TrimEnd('/').Split('/').Any(part => part is "" or "." or "..") ? "leaves its folder"
            : name.TrimEnd('/').Split('/').Any(part => part[^1] is '.' or ' ' || s_devices.Contains(part.Split('.')[0])) ? "means something else on another system"
            : null;
        return problem is null ? name : throw ArchiveErrors.UnsafeEntry(_path, entry.FullName, problem);
    }

    private static bool IsWellFormed(string name) => name.EnumerateRunes().All(rune => rune != Rune.ReplacementChar);
}
