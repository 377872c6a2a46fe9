using System.Text.Json.Nodes;
using ModelOps.Core.Packaging;

namespace ModelOps.Core.Lineage;

/// <summary>in-toto's Release predicate: these files are this version of this package. Made when a package is signed; it is what a signature vouches for all content with.</summary>
/// <remarks>Format: <c>https://in-toto.io/attestation/release/v0.1</c>.</remarks>
public static class ReleaseStatement
{
    public const string PredicateType = "https://in-toto.io/attestation/release/v0.1";

    private const string PackageUrlMember = "purl";

    public static Statement Of(PackageIdentity package, IReadOnlyList<StatementSubject> content)
        => new(content, PredicateType, new JsonObject { [PackageUrlMember] = PackageUrl(package) });

    public static string? PackageUrlOf(Statement statement) => statement.Predicate[PackageUrlMember] is JsonValue value && value.TryGetValue(out string? url) ? url : null;

    /// <summary>For example <c>pkg:nuget/Contoso.TicketTriage@1.2.0</c> (package-url specification).</summary>
    public static string PackageUrl(PackageIdentity package) => $"pkg:nuget/{Uri.EscapeDataString(package.Id)}@{Uri.EscapeDataString(package.Version)}";
}
