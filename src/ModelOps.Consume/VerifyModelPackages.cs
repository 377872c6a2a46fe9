using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume;

/// <summary>Checks every referenced model package and writes the marker that lets the next build skip the work.</summary>
[MSBuildMultiThreadableTask]
public sealed class VerifyModelPackages : ConsumeTask
{
    /// <summary>Absolute.</summary>
    [Required]
    public string MarkerFile { get; set; } = "";

    protected override void ExecuteCore()
    {
        IReadOnlyList<Diagnostic> problems = PackageVerifier.Verify(Restored, folder => BaseModelIdentity.Compute(folder).Digest);
        foreach (Diagnostic problem in problems)
        {
            Report(problem);
        }

        if (problems.Count == 0)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(MarkerFile)!);
            File.WriteAllLines(MarkerFile, Restored.Select(package => package.Root));
        }
    }
}
