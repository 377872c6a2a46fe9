using ModelOps.Core.Diagnostics;
using ModelOps.Core.Signing;

namespace ModelOps.Core.Packaging;

/// <summary>What may hurt whoever uses a package, although it is as it was packed: warnings, as NuGet's audit has them.</summary>
public static class PackageAudit
{
    /// <summary>How long before a provider's date it is told.</summary>
    public const int DefaultDays = 90;

    /// <param name="file">The manifest, for messages.</param>
    /// <param name="days">How long before a provider's date it is told; 0 or more.</param>
    public static IEnumerable<Diagnostic> Check(ModelManifest manifest, string file, DateOnly today, int days = DefaultDays)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (Retirement(manifest, file, today, days) is { } retirement)
        {
            yield return retirement;
        }

        if (string.IsNullOrWhiteSpace(manifest.License))
        {
            yield return AuditErrors.NoLicense(manifest.Id, file);
        }
    }

    /// <summary>Whether a provider stops serving the model within the days, or has stopped; null: it does not, or has said nothing.</summary>
    /// <inheritdoc cref="Check"/>
    public static Diagnostic? Retirement(ModelManifest manifest, string file, DateOnly today, int days = DefaultDays)
        => manifest is not { Pointer: { ShutdownDate: { } date } pointer } ? null
            : date <= today ? AuditErrors.Retired(manifest.Id, pointer, date, file)
            : date.DayNumber - today.DayNumber <= days ? AuditErrors.Retires(manifest.Id, pointer, date, file) : null;

    /// <summary>What a policy has against the licence of a package; null: nothing.</summary>
    /// <param name="root">The package's folder, in which a licence may be a file.</param>
    public static Diagnostic? RefusedLicense(string root, ModelManifest manifest, TrustPolicy policy)
        => TrustCheck.RefusedLicense(root, manifest, policy) is { } refused ? refused with { Severity = DiagnosticSeverity.Warning } : null;

    /// <summary>A later version of the base model of a package.</summary>
    /// <param name="latest">What the feeds have.</param>
    public static Diagnostic NewerBase(ModelManifest manifest, string latest, string file)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return AuditErrors.NewerBase(manifest.Id, manifest.Base!, latest, file);
    }
}
