using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;

namespace ModelOps.Runtime;

/// <summary>Proves that what a package's manifest says of files is so, before anybody reads a weight.</summary>
internal sealed class PackageFiles(PackageFolder package, FileVerification when)
{
    private const string Payload = "model/";
    private readonly KnownDigests _known = when == FileVerification.WhenChanged
        ? KnownDigests.Load(new[] { package.Folder, package.BaseFolder }.Distinct(StringComparer.Ordinal)) : KnownDigests.None();

    /// <summary>Every file of the base model, and that they are the base model that the package was made for.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS7001</c>, <c>MOPS7003</c>, <c>MOPS7006</c>, <c>MOPS7007</c></exception>
    public void VerifyBase()
    {
        if (when == FileVerification.Never)
        {
            return;
        }

        ModelManifest manifest = package.IsAdapter ? ModelManifest.Read(Path.Combine(package.BaseFolder, ModelManifest.FileName)) : package.Manifest;
        CompareFiles(package.BaseFolder, manifest);

        // A whole tuned model is no longer the one that it was tuned from.
        if (manifest.Kind == ModelManifest.BaseKind && Identity().ToString() is var actual && actual != package.Manifest.BaseDigest)
        {
            throw new DiagnosticException(ConsumeErrors.WrongBase(package.Manifest.Id, new PackageIdentity(manifest.Id, manifest.Version), package.Manifest.BaseDigest, actual));
        }

        _known.Save();
    }

    /// <summary>Every file of the adapter, and always the identity of the text that it was trained with.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS7001</c>, <c>MOPS7006</c>, <c>MOPS7007</c>, <c>MOPS7102</c></exception>
    public void VerifyAdapter()
    {
        if (when != FileVerification.Never)
        {
            CompareFiles(package.Folder, package.Manifest);
            _known.Save();
        }

        if (package.Manifest.TokenizerDigest is not null || package.Manifest.TemplateDigest is not null)
        {
            (Digest tokenizer, Digest template) = OfBase(() => BaseModelIdentity.ComputeText(package.BaseFolder, _known.Of));
            CompareText("tokenizer", package.Manifest.TokenizerDigest, tokenizer);
            CompareText("chat template", package.Manifest.TemplateDigest, template);
        }
    }

    private Digest Identity() => OfBase(() => BaseModelIdentity.Compute(package.BaseFolder, _known.Of)).Digest;

    private void CompareText(string part, string? expected, Digest actual)
    {
        if (expected is not null && expected != actual.ToString())
        {
            throw new DiagnosticException(RuntimeErrors.OtherText(package.Manifest.Id, part, package.BaseFolder, expected, actual.ToString()));
        }
    }

    private T OfBase<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DiagnosticException e)
        {
            // The words of a build about its own base model; here it is the package's.
            throw new DiagnosticException(ConsumeErrors.CannotLoad(package.Manifest.Id, package.BaseFolder, e.Diagnostic.Message), e);
        }
    }

    private void CompareFiles(string folder, ModelManifest manifest)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal) { Path.Combine(folder, ModelManifest.FileName) };
        foreach (PackagedFile file in manifest.Files.Where(file => file.Path.StartsWith(Payload, StringComparison.Ordinal)))
        {
            string path = Path.GetFullPath(Path.Combine(folder, file.Path[Payload.Length..]));
            string? damage = path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                ? PackageVerifier.Damage(path, file, _known) : "its path leaves the package";
            if (damage is not null)
            {
                throw new DiagnosticException(ConsumeErrors.DamagedFile(manifest.Id, path, damage));
            }

            listed.Add(path);
        }

        // One file more can say that the weights are elsewhere.
        if (Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).FirstOrDefault(path => !listed.Contains(path)) is { } unlisted)
        {
            throw new DiagnosticException(ConsumeErrors.UnlistedFile(manifest.Id, unlisted));
        }
    }
}
