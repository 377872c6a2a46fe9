using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;

namespace ModelOps.Consume;

/// <summary>Checks every referenced model package, and whether the project's policy trusts it, and writes the marker that lets the next build skip the work.</summary>
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

    protected override void ExecuteCore()
    {
        TrustMode mode = Mode();
        using TrustPolicy? policy = mode == TrustMode.Off ? null : TrustPolicy.Read(TrustPolicyFile);
        IReadOnlyList<Diagnostic> problems = PackageVerifier.Verify(
            Restored.Select(Signed), folder => BaseModelIdentity.Compute(folder).Digest, new PackageTrust(mode, policy));
        foreach (Diagnostic problem in problems)
        {
            Report(problem);
        }

        // A warning is said again in the next build.
        if (problems.Count == 0)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(MarkerFile)!);
            if (policy is not null && KeyListFile.Length > 0)
            {
                File.WriteAllLines(KeyListFile, policy.KeyFiles);
            }

            File.WriteAllLines(MarkerFile, Restored.Select(package => package.Root));
        }
    }

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
