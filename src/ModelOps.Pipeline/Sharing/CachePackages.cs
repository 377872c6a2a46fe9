using System.Security.Cryptography;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using NuGet.Common;
using NuGet.Packaging;
using NuGet.Packaging.Core;
using NuGet.Versioning;
using HashAlgorithmName = System.Security.Cryptography.HashAlgorithmName;

namespace ModelOps.Pipeline.Sharing;

/// <summary>Makes the packages of an entry: equal results give equal bytes, whoever makes them.</summary>
/// <param name="PartSize">Larger files are cut, so that they travel in parallel and an interrupted transfer goes on; bytes.</param>
/// <param name="OwnPackageFrom">Smaller parts travel inside the entry's package; bytes.</param>
internal sealed record CachePackages(long PartSize, long OwnPackageFrom)
{
    private const string Timestamp = "2020-01-01T00:00:00Z";

    public static CachePackages Default { get; } = new(64L << 20, 1L << 20);

    /// <summary>Cuts the files of a result into parts, each a file of its own in <paramref name="target"/> by its digest.</summary>
    /// <param name="folder">Where the result lies.</param>
    /// <exception cref="FormatException">A file is no longer what the record says.</exception>
    public Dictionary<string, CachePart[]> Cut(StoredAction action, string folder, string target, CancellationToken cancellation)
    {
        var parts = new Dictionary<string, CachePart[]>(StringComparer.Ordinal);
        foreach (StoredFile file in action.Files)
        {
            parts[file.Digest.ToString()] = [.. Cut(file, Path.Combine(folder, file.Path), target, cancellation)];
        }

        return parts;
    }

    public bool HasOwnPackage(CachePart part) => part.Size >= OwnPackageFrom;

    public static void Write(CachePackageId package, IEnumerable<(string Path, string File)> content, string path)
    {
        var builder = new PackageBuilder(deterministic: true, NullLogger.Instance)
        {
            Id = package.Id,
            Version = NuGetVersion.Parse(package.Version),
            Description = "A result of a ModelOps build, by its key. It is restored by builds and is of no use as a dependency.",
            DeterministicTimestamp = Timestamp,
        };
        builder.Authors.Add("ModelOps");
        builder.PackageTypes.Add(new PackageType("ModelOpsCache", PackageType.EmptyVersion));
        foreach ((string at, string file) in content)
        {
            builder.Files.Add(new PhysicalPackageFile { SourcePath = file, TargetPath = at.Replace('/', Path.DirectorySeparatorChar) });
        }

        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        builder.Save(stream);
    }

    public void WriteEntry(CacheEntry entry, string parts, string path)
    {
        string envelope = Path.Combine(parts, "envelope");
        string list = Path.Combine(parts, "list");
        File.WriteAllBytes(envelope, entry.Envelope.ToBytes());
        File.WriteAllBytes(list, JsonSerializer.SerializeToUtf8Bytes(new SortedDictionary<string, CachePart[]>(entry.Parts.ToDictionary(), StringComparer.Ordinal), JsonSerializerOptions.Web));
        IEnumerable<CachePart> inside = entry.Parts.Values.SelectMany(part => part).Where(part => !HasOwnPackage(part)).DistinctBy(part => part.Digest);
        Write(CachePackageId.Entry(entry.Action.Key), [(CacheEntry.EnvelopePath, envelope), (CacheEntry.PartsPath, list), .. inside.Select(part => (CacheEntry.PathOf(part), FileOf(part, parts)))], path);
    }

    public static string FileOf(CachePart part, string folder) => Path.Combine(folder, Digest.Parse(part.Digest).Hex);

    private List<CachePart> Cut(StoredFile file, string source, string target, CancellationToken cancellation)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var one = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream input = new(source, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        byte[] buffer = new byte[1 << 20];
        var parts = new List<CachePart>();
        for (long left = input.Length; left > 0; left -= parts[^1].Size)
        {
            string temporary = Path.Combine(target, Path.GetRandomFileName());
            long size = 0;
            using (FileStream output = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                while (size < Math.Min(left, PartSize))
                {
                    cancellation.ThrowIfCancellationRequested();
                    int read = input.ReadAtLeast(buffer.AsSpan(0, (int)Math.Min(buffer.Length, Math.Min(left, PartSize) - size)), 1);
                    whole.AppendData(buffer, 0, read);
                    one.AppendData(buffer, 0, read);
                    output.Write(buffer, 0, read);
                    size += read;
                }
            }

            parts.Add(new CachePart(Digest.FromBytes(one.GetHashAndReset()).ToString(), size));
            File.Move(temporary, FileOf(parts[^1], target), overwrite: true);
        }

        return Digest.FromBytes(whole.GetHashAndReset()) == file.Digest ? parts : throw new FormatException($"'{file.Path}' was changed while it was read");
    }
}
