using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Lineage;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;

namespace ModelOps.Pipeline.Packages;

/// <summary>Signs a package: a release statement over every content file, and each statement that the package holds, in envelopes of their own.</summary>
public static class PackageSigner
{
    /// <summary>Adds the key's signatures; those of others stay, and those of this key are replaced.</summary>
    /// <param name="detached">The signatures go into a file beside the package, which stays as it is.</param>
    /// <returns>The file that was written.</returns>
    /// <exception cref="DiagnosticException">The package is not as it was packed, or carries NuGet's signature.</exception>
    public static string Sign(string path, SigningKey key, bool detached)
    {
        ArgumentNullException.ThrowIfNull(key);
        string target;
        byte[] bytes;
        using (var package = ModelPackage.Open(path))
        {
            if (!detached && (package.IsSealedByNuGet || !package.IsArchive))
            {
                throw package.IsArchive ? ArchiveErrors.AlreadySealed(path) : ArchiveErrors.NotAModelPackage(path, "a restored package is signed with --detached alone, because its .nupkg is elsewhere");
            }

            // Nobody vouches for what is damaged.
            if (PackageVerifier.Verify([package.Restored()], baseIdentity: null) is [var problem, ..])
            {
                throw new DiagnosticException(problem);
            }

            target = detached ? package.DetachedSignatures : package.FullPath;
            bytes = Signed(package, key).ToBytes();
        }

        if (detached)
        {
            AtomicFile.Write(target, bytes);
            return target;
        }

        using FileStream archive = File.OpenRead(target);
        try
        {
            AtomicFile.Write(target, stream => SignatureEntry.Copy(archive, stream, bytes));
        }
        catch (InvalidDataException e)
        {
            throw ArchiveErrors.Damaged(path, e.Message, e);
        }

        return target;
    }

    private static SignatureBundle Signed(ModelPackage package, SigningKey key)
    {
        SignatureBundle bundle = package.Signatures();
        var release = ReleaseStatement.Of(package.Identity, PackagedContent.Describe(package.Folder));
        bundle = bundle.With(release, release.ToBytes(), key);
        foreach (byte[] payload in PackageEvidence.Statements.Select(package.Read).OfType<byte[]>())
        {
            bundle = bundle.With(Statement.Parse(payload), payload, key);
        }

        return bundle;
    }
}
