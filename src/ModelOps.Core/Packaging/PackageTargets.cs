using System.Xml;
using System.Xml.Linq;

namespace ModelOps.Core.Packaging;

/// <summary>The <c>buildTransitive</c> file of a model package, read without being run.</summary>
public static class PackageTargets
{
    /// <summary>The digest of the manifest that it names; null when it names none.</summary>
    /// <exception cref="XmlException">It is no XML.</exception>
    public static string? ManifestDigest(byte[] targets)
    {
        using var reader = XmlReader.Create(new MemoryStream(targets), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        return XDocument.Load(reader).Descendants("ModelOpsPackage").Select(p => (string?)p.Attribute("ManifestDigest")).FirstOrDefault(d => d is not null);
    }
}
