using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>The last released package, restored by NuGet, as one who answers.</summary>
internal sealed record ReleasedModel(string Name, Respondent Model)
{
    /// <summary>Null when the project names none. Every file of the model is compared with the package's own manifest.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5130</c>: it was not restored; <c>MOPS5131</c>: it does not stand on this base model, or was damaged.</exception>
    public static ReleasedModel? Of(ProjectInputs inputs, StatCache digests, CancellationToken cancellation)
    {
        if (ReleaseItem.Of(inputs) is not { } release)
        {
            return null;
        }

        string model = Path.Combine(release.Folder, "model"), manifestPath = Path.Combine(model, ModelManifest.FileName);
        if (!File.Exists(manifestPath))
        {
            throw EvaluateErrors.ReleaseNotRestored(release, inputs.ProjectFile);
        }

        ModelManifest manifest = ModelManifest.Read(manifestPath);
        PackagedFile[] files = [.. manifest.Files.Where(f => f.Path.StartsWith("model/", StringComparison.Ordinal))];
        foreach (PackagedFile file in files)
        {
            string path = Path.GetFullPath(Path.Combine(release.Folder, file.Path));
            if (!path.StartsWith(model, StringComparison.Ordinal) || !File.Exists(path) || digests.DigestOf(path, cancellation).ToString() != file.Digest)
            {
                throw EvaluateErrors.ReleaseUnfit(release, $"{file.Path} is missing or not as it was packed; delete the folder and restore again", inputs.ProjectFile);
            }
        }

        return new ReleasedModel($"{manifest.Id} {manifest.Version}", Answering(inputs, release, manifest, files, model, digests, cancellation));
    }

    private static Respondent Answering(
        ProjectInputs inputs, ReleaseItem release, ModelManifest manifest, PackagedFile[] files, string model, StatCache digests, CancellationToken cancellation)
    {
        if (manifest.Pointer is { } pointer)
        {
            return ModelElsewhere.Released(inputs, pointer);
        }

        bool whole = manifest.Base is null;
        string baseDigest = BaseModels.Of(inputs, digests, cancellation).Digest.ToString();
        if (manifest.Kind != ModelManifest.AdapterKind || (!whole && manifest.BaseDigest != baseDigest))
        {
            throw EvaluateErrors.ReleaseUnfit(release, manifest.Kind != ModelManifest.AdapterKind ? "it is the package of a base model"
                : $"it stands on the base model {manifest.BaseDigest}, and this project's is {baseDigest}", inputs.ProjectFile);
        }

        string[] content = [.. files.Select(f => $"{f.Path} {f.Digest}")];
        KeyFields identity = new KeyFields().Add("release", content).Add("base", whole ? null : baseDigest);
        return new LocalModel(whole ? model : inputs.BaseModelDirectory, whole ? null : model, identity, new KeyFields().Add("release", content));
    }
}
