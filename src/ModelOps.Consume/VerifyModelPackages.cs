using Microsoft.Build.Framework;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;

namespace ModelOps.Consume;

/// <summary>Checks every referenced model package, and whether the project's policy trusts it, and writes the marker that lets the next build skip the work. A file that some
/// project of this user has read is not read again while it stays as it is: of many projects with one package the first pays.</summary>
[MSBuildMultiThreadableTask]
public sealed class VerifyModelPackages : ConsumeTask
{
    /// <summary>Absolute.</summary>
    [Required]
    public string MarkerFile { get; set; } = "";

    /// <summary><c>Require</c>, <c>Warn</c> or <c>Off</c>.</summary>
    public string Trust { get; set; } = nameof(TrustMode.Off);

    /// <summary>The trust policy, absolute; empty when there is none.</summary>
    public string TrustPolicyFile { get; set; } = "";

    /// <summary>Where the list of the policy's key files goes, absolute: what a later build has to watch.</summary>
    public string KeyListFile { get; set; } = "";

    /// <summary>A folder with detached signatures, absolute; empty when there is none.</summary>
    public string SignatureFolder { get; set; } = "";

    /// <summary>Warns of models that a provider retires.</summary>
    public bool Audit { get; set; } = true;

    protected override void ExecuteCore()
    {
        TrustMode mode = Mode();
        using TrustPolicy? policy = mode == TrustMode.Off ? null : TrustPolicy.Read(TrustPolicyFile);
        var known = KnownDigests.Load(Restored.SelectMany(package => FragmentJoin.FoldersOf(package.Root).Prepend(package.Root)));
        IReadOnlyList<Diagnostic> problems = PackageVerifier.Verify(
            Restored.Select(Signed), folder => BaseModelIdentity.Compute(folder, known.Of).Digest, new PackageTrust(mode, policy), known);
        known.Save();
        foreach (Diagnostic problem in problems)
        {
            Report(problem);
        }

        (ModelManifest Manifest, string File)[] retiring = problems.Count > 0 ? [] : Retiring();
        foreach (Diagnostic retirement in retiring.Select(r => PackageAudit.Retirement(r.Manifest, r.File, DateOnly.FromDateTime(DateTime.UtcNow))).OfType<Diagnostic>())
        {
            Report(retirement);
        }

        // A warning is said again in the next build, and a day comes nearer without anything changing.
        if (problems.Count == 0 && retiring.Length == 0)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(MarkerFile)!);
            if (policy is not null && KeyListFile.Length > 0)
            {
                File.WriteAllLines(KeyListFile, policy.KeyFiles);
            }

            File.WriteAllLines(MarkerFile, Restored.Select(package => package.Root));
        }
    }

    /// <summary>The manifests that name a day on which their model stops answering.</summary>
    private (ModelManifest Manifest, string File)[] Retiring() => [.. Restored.Where(_ => Audit)
        .Select(package => Path.Combine(package.Root, "model", ModelManifest.FileName))
        .Select(file => (Manifest: ModelManifest.Read(file), File: file))
        .Where(entry => entry.Manifest.Pointer?.ShutdownDate is not null)];

    private TrustMode Mode()
    {
        bool known = Enum.TryParse(Trust, ignoreCase: true, out TrustMode mode) && Enum.IsDefined(mode) && !char.IsAsciiDigit(Trust[0]);
        return !known ? throw new DiagnosticException(TrustErrors.BadTrust(Trust, "no such word", BuildEngine.ProjectFileOfTaskNode))
            : mode != TrustMode.Off && TrustPolicyFile.Length == 0 ? throw new DiagnosticException(TrustErrors.BadTrust(Trust, "there is no policy", BuildEngine.ProjectFileOfTaskNode))
            : mode;
    }

    private RestoredPackage Signed(RestoredPackage package)
    {
        ITaskItem item = Packages.First(p => Path.GetFullPath(p.GetMetadata("Root")) == package.Root);
        string file = SignatureFolder.Length == 0 ? "" : Path.Combine(SignatureFolder, $"{item.ItemSpec}.{item.GetMetadata("Version")}{SignatureBundle.DetachedExtension}");
        return File.Exists(file) ? package with { Signatures = file } : package;
    }
}
