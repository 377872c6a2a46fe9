using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;

namespace ModelOps.Pipeline.Packaging;

/// <summary>What decides the content of a package: the model and its evidence by the key of their verdict, and what the package says of itself; <c>docs/formats/fingerprint.md</c>.</summary>
internal static class PackageKey
{
    public const string Stage = nameof(Package);

    /// <summary>Raised whenever the same facts would be laid out in another way.</summary>
    public const int Layout = 3;

    public static FingerprintFile Of(PackageFacts facts) => Of(
        facts.Verdict.GateKey, facts.Sealed, facts.Dataset, new PackageSays(facts.Package, facts.Base, facts.Description, facts.License, facts.SdkVersion, facts.SourceRevision));

    /// <summary>Of a model that need not be there yet.</summary>
    /// <param name="sealedGate">Key of the verdict on the sealed rows; null where there are none.</param>
    public static FingerprintFile Of(ActionKey gate, ActionKey? sealedGate, DatasetManifest dataset, PackageSays says)
    {
        KeyFields fields = Fields(gate, dataset, says);
        return FingerprintFile.Of(Stage, sealedGate is { } key ? fields.Add("sealedGateKey", key) : fields);
    }

    private static KeyFields Fields(ActionKey gate, DatasetManifest dataset, PackageSays says) => new KeyFields()
        .Add("layout", Layout)
        .Add("gateKey", gate)
        .Add("data", dataset.Sets.Select(set => new KeyFields().Add("name", set.Kind.Field()).Add("digest", set.Digest)))
        .Add("id", says.Package.Id)
        .Add("version", says.Package.Version)
        .Add("base", says.Base is { } b ? new KeyFields().Add("id", b.Id).Add("version", b.Version) : new KeyFields())
        .Add("description", says.Description)
        .Add("license", says.License)
        .Add("sdkVersion", says.SdkVersion)
        .Add("sourceRevision", says.SourceRevision);
}

/// <summary>What a package says of itself beside model and evidence.</summary>
internal sealed record PackageSays(PackageIdentity Package, PackageIdentity? Base, string Description, string License, string SdkVersion, string SourceRevision);
