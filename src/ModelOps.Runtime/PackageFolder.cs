using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Engine.Models;

namespace ModelOps.Runtime;

/// <summary>A model package's folder, its manifest, and the folder of the base model that it stands on.</summary>
internal sealed record PackageFolder(string Folder, ModelManifest Manifest, string BaseFolder)
{
    private const string Payload = "model/";

    public bool IsAdapter => Manifest.Base is not null;

    /// <summary>Digest of the adapter's weights as the manifest has it; null for a whole model.</summary>
    public string? AdapterDigest => IsAdapter ? Manifest.Files.FirstOrDefault(file => file.Path == Payload + LoraAdapter.WeightsName)?.Digest : null;

    /// <summary>A package that holds no weights; null for any other, and for what is none: <see cref="Read"/> says what is wrong with it.</summary>
    public static PackageFolder? ReadPointer(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string file = Path.Combine(folder, ModelManifest.FileName);
        return File.Exists(file) && ModelManifest.Read(file) is { Kind: ModelManifest.PointerKind } manifest ? new PackageFolder(folder, manifest, folder) : null;
    }

    /// <exception cref="DiagnosticException"><c>MOPS7002</c> to <c>MOPS7004</c>, <c>MOPS7102</c>, <c>MOPS7105</c>.</exception>
    public static PackageFolder Read(string folder, ModelRuntimeOptions options)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string file = Path.Combine(folder, ModelManifest.FileName);
        ModelManifest manifest = ModelManifest.Read(file);
        if (manifest.Kind == ModelManifest.PointerKind)
        {
            throw new DiagnosticException(RuntimeErrors.PointerPackage(file));
        }

        string @base = manifest.Base is { } identity ? FindBase(folder, manifest, identity, options) : folder;
        return new PackageFolder(folder, manifest, @base);
    }

    /// <summary>Does work on the files; what is wrong with them becomes <c>MOPS7007</c>.</summary>
    public T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (AdapterMismatchException e) when (e.ChangesNothing)
        {
            throw new DiagnosticException(RuntimeErrors.ChangesNothing(Manifest.Id, e.File), e);
        }
        catch (AdapterMismatchException e)
        {
            throw new DiagnosticException(RuntimeErrors.DoesNotApply(Manifest.Id, e.File, e.Reason), e);
        }
        catch (Exception e) when (e is Engine.ModelFileException or IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ConsumeErrors.CannotLoad(Manifest.Id, Folder, e.Message), e);
        }
    }

    /// <summary>The base model's package is copied beside the adapter's: <c>models/&lt;id&gt;</c>, a further version as <c>models/&lt;id&gt;@&lt;version&gt;</c>. Its digest says which it is.</summary>
    private static string FindBase(string folder, ModelManifest adapter, PackageIdentity identity, ModelRuntimeOptions options)
    {
        string models = Path.GetDirectoryName(folder)!, beside = Path.Combine(models, identity.Id);
        IEnumerable<string> others = Directory.EnumerateDirectories(models, identity.Id + "@*").Order(StringComparer.Ordinal);
        string? other = null;
        foreach (string path in others.Prepend(beside).Where(path => File.Exists(Path.Combine(path, ModelManifest.FileName))))
        {
            if (DigestOf(path) is var digest && digest == adapter.BaseDigest)
            {
                return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            }

            other ??= digest;
        }

        if (other is null && options.FindBase?.Invoke(identity) is { } found)
        {
            other = DigestOf(found);
            if (other == adapter.BaseDigest)
            {
                return Path.TrimEndingDirectorySeparator(Path.GetFullPath(found));
            }
        }

        throw new DiagnosticException(other is null ? ConsumeErrors.MissingBase(adapter.Id, identity) : ConsumeErrors.WrongBase(adapter.Id, identity, adapter.BaseDigest, other));
    }

    private static string DigestOf(string @base) => ModelManifest.Read(Path.Combine(@base, ModelManifest.FileName)).BaseDigest;
}
