using System.IO.Compression;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Signing;

namespace ModelOps.Pipeline.Sharing;

/// <param name="Size">Bytes.</param>
internal sealed record CachePart(string Digest, long Size);

/// <summary>What an entry's package says: the action record in its envelope, and of which parts the record's files consist; <c>docs/formats/cache-entry.md</c>.</summary>
/// <param name="Parts">By the digest of a file, in the file's order.</param>
internal sealed record CacheEntry(Envelope Envelope, StoredAction Action, IReadOnlyDictionary<string, CachePart[]> Parts)
{
    /// <summary>What the envelope of an action record says that it holds.</summary>
    public const string PayloadType = "application/vnd.modelops.action+json";

    public const string EnvelopePath = "modelops/action.dsse.json";
    public const string PartsPath = "modelops/parts.json";

    // A record of 100,000 files is smaller; what is larger is an attempt to fill the memory.
    private const int LargestText = 32 << 20;

    /// <summary>Where a part lies in a package, its own or the entry's.</summary>
    public static string PathOf(CachePart part) => $"modelops/parts/{Core.Artifacts.Digest.Parse(part.Digest).Hex}.bin";

    /// <exception cref="FormatException">It is no entry of this key.</exception>
    public static CacheEntry Read(string package, ActionKey key)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(package);
            var envelope = Core.Signing.Envelope.Parse(Text(archive, EnvelopePath), PayloadType);
            var action = StoredAction.Parse(envelope.Payload);
            Dictionary<string, CachePart[]> parts = JsonSerializer.Deserialize<Dictionary<string, CachePart[]>>(Text(archive, PartsPath), JsonSerializerOptions.Web) ?? [];
            return action.Key != key ? throw new FormatException("it belongs to another key")
                : action.Files.All(file => Fits(file, parts)) ? new CacheEntry(envelope, action, parts)
                : throw new FormatException("its parts do not add up to its files");
        }
        // InvalidOperationException: a name that is no UTF-8.
        catch (Exception e) when (e is InvalidDataException or JsonException or JsonProblemException or InvalidOperationException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>Copies a part out of a package into a new file; false when the package has none of these bytes.</summary>
    /// <exception cref="FormatException">The package is damaged.</exception>
    public static bool Extract(string package, CachePart part, string file)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(package);
            if (archive.GetEntry(PathOf(part)) is not { } entry || entry.Length != part.Size)
            {
                return false;
            }

            using (Stream source = entry.Open())
            using (FileStream target = new(file, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                CopyAtMost(source, target, part.Size);
            }

            return IsPart(file, part);
        }
        catch (InvalidDataException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    public static bool IsPart(string file, CachePart part)
        => new FileInfo(file) is { Exists: true } info && info.Length == part.Size && Core.Artifacts.Digest.OfFile(file).ToString() == part.Digest;

    /// <summary>The first file that two results of one key do not agree on; null when they agree.</summary>
    /// <param name="measured">A file of measurements, which differ from run to run.</param>
    public static string? Difference(StoredAction ours, StoredAction theirs, string? measured)
    {
        static Dictionary<string, Digest> Content(StoredAction action) => action.Files.ToDictionary(f => f.Path, f => f.Digest, StringComparer.Ordinal);
        Dictionary<string, Digest> left = Content(ours);
        Dictionary<string, Digest> right = Content(theirs);
        return left.Keys.Union(right.Keys).Where(path => path != measured).Order(StringComparer.Ordinal)
            .FirstOrDefault(path => !left.TryGetValue(path, out Digest a) || !right.TryGetValue(path, out Digest b) || a != b);
    }

    private static bool Fits(StoredFile file, Dictionary<string, CachePart[]> parts)
        => parts.TryGetValue(file.Digest.ToString(), out CachePart[]? own) && own is not null
            && Array.TrueForAll(own, part => part is { Size: > 0 } && part.Size <= file.Size && Core.Artifacts.Digest.TryParse(part.Digest, out _))
            && own.Sum(part => part.Size) == file.Size;

    private static byte[] Text(ZipArchive archive, string path)
    {
        ZipArchiveEntry entry = archive.GetEntry(path) ?? throw new FormatException($"it has no {path}");
        if (entry.Length > LargestText)
        {
            throw new FormatException($"its {path} is larger than any");
        }

        using Stream source = entry.Open();
        using var target = new MemoryStream();
        CopyAtMost(source, target, entry.Length);
        return target.ToArray();
    }

    // The directory of an archive may understate what unpacks.
    private static void CopyAtMost(Stream source, Stream target, long size)
    {
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = source.Read(buffer)) > 0; size -= read)
        {
            target.Write(buffer, 0, read <= size ? read : throw new InvalidDataException("a file in it is larger than it says"));
        }
    }
}
