using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace ModelOps.Pipeline.Tests.Sharing;

/// <summary>What somebody who can write to a feed may do to a package that stays a valid one.</summary>
internal static class PackageDamage
{
    /// <summary>The first two parts of a cut file change places in the list.</summary>
    public static byte[] SwapParts(byte[] json) => Change(json, parts =>
    {
        JsonNode first = parts[0]!;
        parts.RemoveAt(0);
        parts.Insert(1, first);
    });

    /// <summary>The list lacks the last part of a cut file.</summary>
    public static byte[] LosePart(byte[] json) => Change(json, parts => parts.RemoveAt(parts.Count - 1));

    private static byte[] Change(byte[] json, Action<JsonArray> change)
    {
        JsonNode all = JsonNode.Parse(json)!;
        change(all.AsObject().Select(p => p.Value!.AsArray()).Single(p => p.Count > 1));
        return Encoding.UTF8.GetBytes(all.ToJsonString());
    }

    /// <summary>The package with other bytes in one of its files.</summary>
    public static byte[] Rewrite(byte[] package, string path, Func<byte[], byte[]> change)
    {
        using var stream = new MemoryStream();
        stream.Write(package);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            ZipArchiveEntry entry = archive.Entries.Single(e => e.FullName.StartsWith(path, StringComparison.Ordinal));
            using var content = new MemoryStream();
            using (Stream source = entry.Open())
            {
                source.CopyTo(content);
            }

            entry.Delete();
            using Stream target = archive.CreateEntry(entry.FullName).Open();
            target.Write(change(content.ToArray()));
        }

        return stream.ToArray();
    }
}
