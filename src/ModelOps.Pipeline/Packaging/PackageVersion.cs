using System.IO.Compression;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Configuration;
using NuGet.Versioning;

namespace ModelOps.Pipeline.Packaging;

/// <summary>The version of a model package and what has been published under it.</summary>
internal static class PackageVersion
{
    private const string Key = "Key";

    /// <summary>The project's version; with <c>ModelOpsVersionSuffix=Key</c> a prerelease of it that follows the content.</summary>
    /// <remarks>The letter keeps the suffix from being a number, which must not begin with 0.</remarks>
    public static string Of(string version, string suffix, ActionKey training, string project)
    {
        if (suffix.Length == 0)
        {
            return version;
        }

        return suffix.Equals(Key, StringComparison.OrdinalIgnoreCase)
            ? $"{version}{(version.Contains('-', StringComparison.Ordinal) ? '.' : '-')}k{training.Short}"
            : throw new DiagnosticException(ConfigurationErrors.InvalidValue(Names.ModelOpsVersionSuffix, suffix, $"{Key}, or nothing", new SourceLocation(project)));
    }

    /// <summary>The package in <paramref name="outputFolder"/> that has this id and version and another content; null when there is none.</summary>
    /// <param name="contentFolder">The new package's content; its manifest names the digest of every file.</param>
    public static string? Taken(string outputFolder, PackageIdentity identity, string contentFolder)
    {
        string version = NuGetVersion.TryParse(identity.Version, out NuGetVersion? parsed) ? parsed.ToNormalizedString() : identity.Version;
        string path = Path.Combine(outputFolder, $"{identity.Id}.{version}.nupkg");
        string manifest = Path.Combine("model", ModelManifest.FileName).Replace('\\', '/');
        return File.Exists(path) && Manifest(path, manifest) != Digest.OfFile(Path.Combine(contentFolder, manifest)) ? path : null;
    }

    private static Digest? Manifest(string package, string entry)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(package);
            using Stream? stream = archive.GetEntry(entry)?.Open();
            return stream is null ? null : Digest.Of(stream);
        }
        catch (InvalidDataException)
        {
            return null; // No package at all, so another one.
        }
    }
}
