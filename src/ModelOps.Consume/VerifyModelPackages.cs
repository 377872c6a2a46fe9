using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume;

/// <summary>Checks every referenced model package and writes the marker that lets the next build skip the work.</summary>
public sealed class VerifyModelPackages : ConsumeTask
{
    [Required]
    public string MarkerFile { get; set; } = "";

    protected override void ExecuteCore()
    {
        IReadOnlyList<Diagnostic> problems = PackageVerifier.Verify(Roots, folder => BaseModelIdentity.Compute(folder).Digest);
        foreach (Diagnostic problem in problems)
        {
            Report(problem);
        }

        if (problems.Count == 0)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(MarkerFile))!);
            File.WriteAllLines(MarkerFile, Roots);
        }
    }
}
