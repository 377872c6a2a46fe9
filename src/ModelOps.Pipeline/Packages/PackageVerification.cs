using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;

namespace ModelOps.Pipeline.Packages;

/// <summary>How a verification of packages went.</summary>
/// <param name="Checked">Every package that was looked at, base models too.</param>
/// <param name="Missing">Base models that are not at hand; nobody can say whether the adapters fit them.</param>
public sealed record VerificationResult(IReadOnlyList<PackageIdentity> Checked, IReadOnlyList<PackageIdentity> Missing, IReadOnlyList<Diagnostic> Problems);

/// <summary>Verifies packages as a consumer's build does, with the base models that are at hand.</summary>
public static class PackageVerification
{
    /// <param name="policy">Null: nobody asks who signed.</param>
    public static VerificationResult Run(IReadOnlyList<ModelPackage> packages, TrustPolicy? policy)
    {
        var all = packages.DistinctBy(p => p.Identity).ToList();
        var opened = new List<ModelPackage>();
        var missing = new List<PackageIdentity>();
        try
        {
            foreach (ModelPackage package in packages.Where(p => p.Manifest.Base is not null))
            {
                PackageIdentity wanted = package.Manifest.Base!;
                if (all.Any(p => p.IsBase && string.Equals(p.Manifest.Id, wanted.Id, StringComparison.OrdinalIgnoreCase)))
                {
                    continue;
                }

                if (PackageNeighbours.Find(package, wanted) is { } path)
                {
                    opened.Add(ModelPackage.Open(path));
                    all.Add(opened[^1]);
                }
                else
                {
                    missing.Add(wanted);
                }
            }

            var trust = policy is null ? PackageTrust.None : new PackageTrust(TrustMode.Require, policy);

            // An adapter whose base is elsewhere is verified as far as it goes, and the result says so.
            IEnumerable<Diagnostic> problems = PackageVerifier.Verify(all.Select(p => p.Restored()), folder => BaseModelIdentity.Compute(folder).Digest, trust)
                .Where(p => !ConsumeErrors.IsMissingBase(p));
            return new VerificationResult([.. all.Select(p => p.Identity)], [.. missing.Distinct()], [.. problems]);
        }
        finally
        {
            opened.ForEach(p => p.Dispose());
        }
    }
}
