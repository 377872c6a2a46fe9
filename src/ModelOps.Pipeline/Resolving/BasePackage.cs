using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Configuration;
using NuGet.Versioning;

namespace ModelOps.Pipeline.Resolving;

/// <summary>A base model that NuGet restored: <c>BaseModelReference</c>.</summary>
public static class BasePackage
{
    /// <param name="references">The <c>BaseModelReference</c> items.</param>
    /// <param name="central">Versions by package id, where the repository keeps them in one file.</param>
    /// <param name="packageRoot">Where NuGet restores packages.</param>
    /// <returns>Id and folder of the package.</returns>
    /// <exception cref="DiagnosticException"><c>MOPS2062</c>, <c>MOPS5100</c>, <c>MOPS7130</c>, <c>MOPS7131</c></exception>
    public static (string Id, string Folder) Find(ProjectInputs inputs, IReadOnlyList<ProjectItem> references, IReadOnlyDictionary<string, string> central, string packageRoot)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(central);
        var reader = new ItemReader(inputs, references[0]);
        string id = references[0].Include;
        string? other = references.Count > 1 ? $"the BaseModelReference to '{ForeignText.Clean(references[1].Include)}'"
            : inputs.Setting(Names.BaseModel) is { Length: > 0 } folder ? $"the property BaseModel ('{ForeignText.Clean(folder)}')" : null;
        if (other is not null)
        {
            throw new DiagnosticException(ReferenceErrors.SeveralBases($"the BaseModelReference to '{ForeignText.Clean(id)}'", other, reader.At()));
        }

        string said = reader.Text(Names.Version) ?? central.GetValueOrDefault(id) ?? reader.Required(Names.Version, "the exact version of the base model's package, such as 1.0.0");
        if (!NuGetVersion.TryParse(said.Trim('[', ']'), out NuGetVersion? version))
        {
            throw reader.Invalid(Names.Version, $"one exact version, such as 1.0.0{(reader.Text(Names.Version) is null ? $"; '{ForeignText.Clean(said)}' is what Directory.Packages.props says" : "")}");
        }

        string root = Path.Combine(packageRoot, id.ToLowerInvariant(), version.ToNormalizedString().ToLowerInvariant());
        string manifest = Path.Combine(root, "model", ModelManifest.FileName);
        if (!Directory.Exists(root) || !File.Exists(manifest))
        {
            throw Directory.Exists(root) ? BasePackageErrors.NotABase(id, reader.At()) : BasePackageErrors.NotRestored(id, version.ToNormalizedString(), root, reader.At());
        }

        // Only now and only once: in every other build no file is opened.
        if (FragmentJoin.IsWanted(root))
        {
            var packed = ModelManifest.Read(manifest);
            FragmentJoin.Run(root, packed, FragmentJoin.Beside(root, packed));
        }

        return (id, root);
    }

    /// <summary>What the base model's package says of itself; null where the base model is a folder and no package.</summary>
    public static ModelManifest? ManifestOf(ProjectInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        string file = Path.Combine(inputs.BaseModelDirectory, ModelManifest.FileName);
        return inputs.BaseModelDirectory.Length > 0 && File.Exists(file) && ModelManifest.Read(file) is { Kind: ModelManifest.BaseKind } manifest ? manifest : null;
    }

    /// <exception cref="DiagnosticException"><c>MOPS7131</c>: it is another kind of package; <c>MOPS7132</c>: the files are not those that were packed.</exception>
    public static void RequireUnchanged(ProjectInputs inputs, Digest actual)
    {
        ModelManifest? manifest = ManifestOf(inputs);
        if (manifest is null && inputs.OfType(Names.BaseModelReference).FirstOrDefault() is { } item)
        {
            throw BasePackageErrors.NotABase(item.Include, new ItemReader(inputs, item).At());
        }

        if (manifest is not null && manifest.BaseDigest != actual.ToString())
        {
            throw BasePackageErrors.Changed(manifest.Id, inputs.BaseModelDirectory, manifest.BaseDigest, actual.ToString());
        }
    }

    /// <summary>The versions that an adapter accepts: from the one it was trained on to the next that may break. Which model it is the digest says, whatever the version.</summary>
    public static string RangeOf(string version)
    {
        var from = NuGetVersion.Parse(version);
        return $"[{from.ToNormalizedString()}, {(from.Major > 0 ? $"{from.Major + 1}.0.0" : $"0.{from.Minor + 1}.0")})";
    }
}
