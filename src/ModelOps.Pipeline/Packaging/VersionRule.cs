using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Packaging;

/// <summary>A package that takes something away from the callers of the last release has a major version of its own.</summary>
internal static class VersionRule
{
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS5168</c>: the version does not say that callers must change.</exception>
    public static void Check(ProjectInputs inputs, PackageFacts facts)
    {
        if (ReleaseItem.Of(inputs) is not { } release || !release.Id.Equals(facts.Package.Id, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        ModelManifest released = ModelManifest.Read(Path.Combine(release.Folder, "model", ModelManifest.FileName));
        IReadOnlyList<string> breaks = BehaviourChange.Breaks(released, facts.Labels, facts.Decoding.JsonSchema);
        if (breaks.Count > 0 && !BehaviourChange.MayBreak(released.Version, facts.Package.Version))
        {
            throw PackageErrors.NeedsMajorVersion(inputs.ProjectFile, released.Version, facts.Package.Version, breaks);
        }
    }
}
