using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;

namespace ModelOps.Sdk.Tests;

/// <summary>A <c>.nupkg</c> as a reader sees it.</summary>
internal sealed class PackagingArchive
{
    private readonly Dictionary<string, byte[]> _entries = new(StringComparer.Ordinal);

    public PackagingArchive(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            _entries.Add(entry.FullName, bytes.ToArray());
        }

        Nuspec = XDocument.Load(new MemoryStream(_entries.Single(e => e.Key.EndsWith(".nuspec", StringComparison.Ordinal)).Value)).Root!.Elements().Single();
    }

    /// <summary>Everything but the container's own entries.</summary>
    public IEnumerable<string> Files => _entries.Keys
        .Where(name => name != "[Content_Types].xml" && !name.EndsWith(".nuspec", StringComparison.Ordinal) && !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>The <c>metadata</c> element.</summary>
    public XElement Nuspec { get; }

    public string Metadata(string name) => Nuspec.Elements().Single(e => e.Name.LocalName == name).Value;

    /// <summary>As <c>framework: id range</c>.</summary>
    public IEnumerable<string> Dependencies => Nuspec.Descendants().Where(e => e.Name.LocalName == "dependency")
        .Select(e => $"{(string?)e.Parent!.Attribute("targetFramework")}: {(string?)e.Attribute("id")} {(string?)e.Attribute("version")}").Order(StringComparer.Ordinal);

    public byte[] this[string file] => _entries[file];

    public JsonElement Json(string file) => JsonDocument.Parse(_entries[file]).RootElement;
}
