using System.Runtime.Versioning;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Packaging;
using NuGet.Common;
using NuGet.Frameworks;
using NuGet.Packaging;
using NuGet.Packaging.Licenses;
using NuGet.Versioning;
using PackageIdentity = ModelOps.Core.Packaging.PackageIdentity;

namespace ModelOps.Pipeline.Packaging;

/// <summary>Writes the packages that hold parts of another package's files. Their bytes come straight from the files: no part is ever a file before it is packed.</summary>
internal static class FragmentPackages
{
    /// <param name="root">The folder of the whole package's content.</param>
    /// <param name="license">SPDX expression of the whole package; anything else is left to it.</param>
    /// <returns>The files that were written, or are there with these bytes.</returns>
    public static IReadOnlyList<string> Write(PackageIdentity whole, IReadOnlyList<PackageFragment>? fragments, string root, string license, string authors, string outputFolder)
    {
        string[] packages = FragmentPlan.PackagesOf(fragments);
        return [.. packages.Select((package, i) => Write(
            new PackageIdentity(package, whole.Version), [.. fragments!.Where(f => f.Package == package)], root, license, authors, outputFolder,
            $"Part {i + 1} of {packages.Length} of the model {whole.Id} {whole.Version}, which depends on it. Of no use by itself."))];
    }

    private static string Write(PackageIdentity identity, PackageFragment[] parts, string root, string license, string authors, string outputFolder, string description)
    {
        var builder = new PackageBuilder(deterministic: true, NullLogger.Instance)
        {
            Id = identity.Id,
            Version = NuGetVersion.Parse(identity.Version),
            Description = description,
            DeterministicTimestamp = BaseModelPackage.Timestamp,
            LicenseMetadata = Expression(license),
        };
        builder.Authors.Add(authors);
        builder.Files.Add(new PackedBytes("lib/net8.0/_._", () => new MemoryStream([])));
        foreach (PackageFragment part in parts)
        {
            builder.Files.Add(new PackedBytes(part.Path, () => new FileSlice(Path.Combine(root, part.File), part.Offset, part.Size)));
        }

        string target = Path.Combine(outputFolder, $"{identity.Id}.{builder.Version.ToNormalizedString()}.nupkg");
        AtomicFile.WriteIfDifferent(target, builder.Save);
        return target;
    }

    private static LicenseMetadata? Expression(string license)
    {
        try
        {
            return license.Length == 0 ? null : new LicenseMetadata(LicenseType.Expression, license, NuGetLicenseExpression.Parse(license), [], LicenseMetadata.EmptyVersion);
        }
        catch (NuGetLicenseExpressionParsingException)
        {
            return null; // A licence file, which lies in the package itself.
        }
    }

    /// <summary>An entry of a package.</summary>
    private sealed class PackedBytes(string path, Func<Stream> open) : IPackageFile
    {
        public string Path => path;

        public string EffectivePath => path;

        public FrameworkName? TargetFramework => null;

        public NuGetFramework? NuGetFramework => null;

        public DateTimeOffset LastWriteTime => DateTimeOffset.UnixEpoch;

        public Stream GetStream() => open();
    }
}
