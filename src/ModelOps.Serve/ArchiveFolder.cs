using System.IO.Compression;
using System.Security.Cryptography;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Serve;

/// <summary>The models of <c>.nupkg</c> files, unpacked for as long as the server runs. An archive is foreign: only what its manifest lists is written, under the
/// manifest's names, never more bytes than it says, and only if they have the digest it says.</summary>
internal sealed class ArchiveFolder : IDisposable
{
    private const int MaximumManifest = 16 << 20;
    private const string Payload = "model/";
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("modelops-serve-");
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <summary>The folder with the archive's model; unpacked once.</summary>
    public string Extract(string archive)
    {
        if (_folders.TryGetValue(archive, out string? known))
        {
            return known;
        }

        string folder = Path.Combine(_root.FullName, $"{_folders.Count}", "model");
        Directory.CreateDirectory(folder);
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(archive);
            Extract(zip, folder, archive);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw ServeErrors.UnsafeArchive(archive, e.Message);
        }

        return _folders[archive] = folder;
    }

    private static void Extract(ZipArchive zip, string folder, string archive)
    {
        Copy(Entry(zip, Payload + ModelManifest.FileName), Path.Combine(folder, ModelManifest.FileName), MaximumManifest, exact: false);
        ModelManifest manifest = ModelManifest.Read(Path.Combine(folder, ModelManifest.FileName));
        foreach (PackagedFile file in manifest.Files.Where(f => f.Path.StartsWith(Payload, StringComparison.Ordinal)))
        {
            string name = file.Path[Payload.Length..];
            if (name.Length == 0 || name.Split('/').Any(part => part is "" or "." or "..") || name.AsSpan().ContainsAny('\\', ':', '\0'))
            {
                throw new InvalidDataException($"its manifest names '{name}'");
            }

            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            PackageFragment[] parts = [.. (manifest.Fragments ?? []).Where(f => f.File == file.Path)];
            if (parts.Length > 0)
            {
                Join(parts, manifest, archive, path);
                continue;
            }

            if (Copy(Entry(zip, file.Path), path, file.Size, exact: true).ToString() != file.Digest)
            {
                throw new DiagnosticException(ConsumeErrors.DamagedFile(manifest.Id, archive, $"the digest of {name} is not {file.Digest}"));
            }
        }
    }

    /// <summary>Parts of a file lie in archives beside this one.</summary>
    private static void Join(PackageFragment[] parts, ModelManifest manifest, string archive, string path)
    {
        foreach (PackageFragment part in parts)
        {
            string beside = Path.Combine(Path.GetDirectoryName(archive)!, $"{part.Package}.{manifest.Version}.nupkg");
            if (!File.Exists(beside))
            {
                throw new DiagnosticException(FragmentErrors.Missing(manifest.Id, [part.Package], manifest.Version));
            }

            using ZipArchive zip = ZipFile.OpenRead(beside);
            if (Copy(Entry(zip, part.Path), path, part.Size, exact: true, append: part.Offset > 0).ToString() != part.Digest)
            {
                throw new DiagnosticException(FragmentErrors.Damaged(manifest.Id, beside, $"the digest of {part.Path} is not {part.Digest}"));
            }
        }
    }

    private static ZipArchiveEntry Entry(ZipArchive zip, string path)
    {
        // NuGet writes names as parts of a URI.
        ZipArchiveEntry[] found = [.. zip.Entries.Where(e => Uri.UnescapeDataString(e.FullName) == path)];
        return found.Length == 1 ? found[0] : throw new InvalidDataException($"it holds {found.Length} entries '{path}'");
    }

    /// <summary>Writes at most so many bytes; more, or with <paramref name="exact"/> fewer, is an archive that lies.</summary>
    private static Digest Copy(ZipArchiveEntry entry, string path, long size, bool exact, bool append = false)
    {
        using Stream source = entry.Open();
        using var target = new FileStream(path, append ? FileMode.Append : FileMode.CreateNew, FileAccess.Write);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 17];
        long done = 0;
        for (int read; (read = source.Read(buffer)) > 0; done += read)
        {
            if (done + read > size)
            {
                throw new InvalidDataException($"'{entry.FullName}' holds more than {size} bytes");
            }

            hash.AppendData(buffer, 0, read);
            target.Write(buffer, 0, read);
        }

        return !exact || done == size ? Digest.FromBytes(hash.GetHashAndReset()) : throw new InvalidDataException($"'{entry.FullName}' holds {done} bytes, not {size}");
    }

    public void Dispose() => _root.Delete(recursive: true);
}
