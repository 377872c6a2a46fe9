using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
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

    /// <exception cref="DiagnosticException"><c>MOPS7002</c> to <c>MOPS7004</c>, <c>MOPS7102</c>, <c>MOPS7105</c>.</exception>
    public static PackageFolder Read(string folder, ModelRuntimeOptions options)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string file = Path.Combine(folder, ModelManifest.FileName);
        RefusePointer(file);
        ModelManifest manifest = ModelManifest.Read(file);
        string @base = manifest.Base is { } identity ? FindBase(folder, manifest, identity, options) : folder;
        return new PackageFolder(folder, manifest, @base);
    }

    /// <summary>The identity of the text the model was trained with is compared at each opening; that of all files where the caller asks for it.</summary>
    public void Verify(bool files)
    {
        if (IsAdapter && (Manifest.TokenizerDigest is not null || Manifest.TemplateDigest is not null))
        {
            Guard(CompareText);
        }

        if (files)
        {
            CompareFiles(Folder, Manifest);
            if (IsAdapter)
            {
                CompareFiles(BaseFolder, ModelManifest.Read(Path.Combine(BaseFolder, ModelManifest.FileName)));
            }
        }
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

    private void Guard(Action work) => Guard(() =>
    {
        work();
        return true;
    });

    private void CompareText()
    {
        (Digest tokenizer, Digest template) = Text();
        Compare("tokenizer", Manifest.TokenizerDigest, tokenizer);
        Compare("chat template", Manifest.TemplateDigest, template);

        void Compare(string part, string? expected, Digest actual)
        {
            if (expected is not null && expected != actual.ToString())
            {
                throw new DiagnosticException(RuntimeErrors.OtherText(Manifest.Id, part, BaseFolder, expected, actual.ToString()));
            }
        }
    }

    private (Digest Tokenizer, Digest Template) Text()
    {
        try
        {
            return BaseModelIdentity.ComputeText(BaseFolder);
        }
        catch (DiagnosticException e)
        {
            // The words of a build about its own base model; here it is the package's.
            throw new DiagnosticException(ConsumeErrors.CannotLoad(Manifest.Id, BaseFolder, e.Diagnostic.Message), e);
        }
    }

    private static void CompareFiles(string folder, ModelManifest manifest)
    {
        foreach (PackagedFile file in manifest.Files.Where(file => file.Path.StartsWith(Payload, StringComparison.Ordinal)))
        {
            string path = Path.Combine(folder, file.Path[Payload.Length..]);
            string? damage = !File.Exists(path) ? "it is missing"
                : new FileInfo(path).Length != file.Size ? $"it has {new FileInfo(path).Length} bytes, the manifest says {file.Size}"
                : Digest.OfFile(path).ToString() != file.Digest ? $"its digest is not {file.Digest}" : null;
            if (damage is not null)
            {
                throw new DiagnosticException(ConsumeErrors.DamagedFile(manifest.Id, path, damage));
            }
        }
    }

    /// <summary>The base model's package is copied beside the adapter's: <c>models/&lt;id&gt;</c>.</summary>
    private static string FindBase(string folder, ModelManifest adapter, PackageIdentity identity, ModelRuntimeOptions options)
    {
        string beside = Path.Combine(Path.GetDirectoryName(folder)!, identity.Id);
        string? path = File.Exists(Path.Combine(beside, ModelManifest.FileName)) ? beside : options.FindBase?.Invoke(identity);
        if (path is null)
        {
            throw new DiagnosticException(ConsumeErrors.MissingBase(adapter.Id, identity));
        }

        ModelManifest found = ModelManifest.Read(Path.Combine(path, ModelManifest.FileName));
        return found.BaseDigest == adapter.BaseDigest
            ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))
            : throw new DiagnosticException(ConsumeErrors.WrongBase(adapter.Id, identity, adapter.BaseDigest, found.BaseDigest));
    }

    /// <summary>Told apart before the manifest is read, whose format has no such kind yet.</summary>
    private static void RefusePointer(string file)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("kind", out JsonElement kind)
                && kind.ValueKind == JsonValueKind.String && kind.ValueEquals("pointer"))
            {
                throw new DiagnosticException(RuntimeErrors.PointerPackage(file));
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Reading the manifest says so, with its code.
        }
    }
}
