using System.Xml;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Packaging;

namespace ModelOps.Pipeline.Packages;

/// <summary>A model package that somebody names: a <c>.nupkg</c>, or the folder of a restored one. Small files are read in place; the whole of a <c>.nupkg</c> is laid out in a
/// temporary folder only for those who ask for it.</summary>
public sealed class ModelPackage : IDisposable
{
    private readonly PackageArchive? _archive;
    private readonly Lazy<string> _folder;
    private FragmentSource? _fragments;

    private ModelPackage(string path, PackageArchive? archive)
    {
        FullPath = path;
        _archive = archive;
        _folder = new Lazy<string>(LayOut);
        Manifest = ReadManifest();
    }

    /// <summary>As it was named, absolute.</summary>
    public string FullPath { get; }

    public ModelManifest Manifest { get; }

    public PackageIdentity Identity => new(Manifest.Id, Manifest.Version);

    public bool IsBase => Manifest.Kind == ModelManifest.BaseKind;

    public bool IsArchive => _archive is not null;

    /// <summary>NuGet's own signature makes every change of the package one too many.</summary>
    public bool IsSealedByNuGet => _archive?.Files.Contains(".signature.p7s") == true;

    /// <summary>The package as a folder; of a <c>.nupkg</c> a temporary one, which goes with this object.</summary>
    public string Folder => _folder.Value;

    /// <summary>Where signatures beside the package would be.</summary>
    public string DetachedSignatures => (IsArchive ? System.IO.Path.ChangeExtension(FullPath, null) : System.IO.Path.Combine(FullPath, $"{Manifest.Id}.{Manifest.Version}")) + SignatureBundle.DetachedExtension;

    public static bool IsOne(string path) => (File.Exists(path) && path.EndsWith(".nupkg", StringComparison.OrdinalIgnoreCase))
        || File.Exists(System.IO.Path.Combine(path, "model", ModelManifest.FileName));

    /// <summary>Packages that Pack makes of a base model carry a number that its content gives: a greater one is another model, not a later one.</summary>
    public static bool IsNumberedByContent(PackageIdentity @base, string baseDigest)
        => Digest.TryParse(baseDigest, out Digest digest) && @base?.Version == BaseModelPackage.VersionOf(digest);

    /// <exception cref="DiagnosticException"><c>MOPS6101</c> to <c>MOPS6107</c>: it cannot be used.</exception>
    public static ModelPackage Open(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(full))
        {
            return new ModelPackage(full, null);
        }

        var archive = PackageArchive.Open(full);
        try
        {
            return new ModelPackage(full, archive);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>Null when there is no such file.</summary>
    public byte[]? Read(string file)
    {
        string path = System.IO.Path.Combine(FullPath, file);
        return _archive is not null ? _archive.Read(file) : File.Exists(path) ? File.ReadAllBytes(path) : null;
    }

    /// <summary>The signatures beside the package where there are some, else those inside; nobody has compared them with anything yet.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS6112</c></exception>
    public SignatureBundle Signatures()
    {
        string beside = DetachedSignatures;
        try
        {
            byte[]? bytes = File.Exists(beside) ? File.ReadAllBytes(beside) : Read(SignatureBundle.Path);
            return bytes is null ? SignatureBundle.Empty : SignatureBundle.Parse(bytes);
        }
        catch (FormatException e)
        {
            throw new DiagnosticException(TrustErrors.BadSignatureFile(Manifest.Id, FullPath, e.Message), e);
        }
    }

    /// <summary>As a consumer's build sees it: with the digest that the package's own targets name.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS6101</c></exception>
    public RestoredPackage Restored()
        => new(Folder, ManifestDigest(), File.Exists(DetachedSignatures) ? DetachedSignatures : null) { FragmentFolder = Fragments.FolderOf };

    private FragmentSource Fragments => _fragments ??= new FragmentSource(this);

    public void Dispose()
    {
        _archive?.Dispose();
        _fragments?.Dispose();
        if (IsArchive && _folder.IsValueCreated)
        {
            Directory.Delete(_folder.Value, recursive: true);
        }
    }

    private string LayOut()
    {
        if (_archive is null)
        {
            if (FragmentJoin.IsWanted(FullPath))
            {
                FragmentJoin.Run(FullPath, Manifest, Fragments.FolderOf);
            }

            return FullPath;
        }

        string folder = Directory.CreateTempSubdirectory("modelops-").FullName;
        try
        {
            _archive.Extract(folder);
            FragmentJoin.Run(folder, Manifest, Fragments.FolderOf);
            return folder;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private ModelManifest ReadManifest()
    {
        const string File = $"model/{ModelManifest.FileName}";
        byte[] bytes = Read(File) ?? throw ArchiveErrors.NotAModelPackage(FullPath, $"it has no {File}");
        return ModelManifest.Parse(bytes, System.IO.Path.Combine(FullPath, File));
    }

    private string ManifestDigest()
    {
        string file = $"buildTransitive/{Manifest.Id}.targets";
        byte[] bytes = Read(file) ?? throw ArchiveErrors.NotAModelPackage(FullPath, $"it has no {file}, so nobody vouches for its manifest");
        try
        {
            return PackageTargets.ManifestDigest(bytes)
                ?? throw ArchiveErrors.NotAModelPackage(FullPath, $"its {file} does not name the manifest's digest");
        }
        catch (XmlException e)
        {
            throw ArchiveErrors.NotAModelPackage(FullPath, $"its {file} is no XML: {e.Message}");
        }
    }
}
