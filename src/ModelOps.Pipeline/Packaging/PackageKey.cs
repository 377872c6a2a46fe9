using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;

namespace ModelOps.Pipeline.Packaging;

/// <summary>What decides the content of a package: the model and its evidence by their keys, and what the package says of itself; <c>docs/formats/fingerprint.md</c>.</summary>
internal static class PackageKey
{
    public const string Stage = nameof(Package);

    /// <summary>Raised whenever the same facts would be laid out in another way.</summary>
    public const int Layout = 1;

    public static FingerprintFile Of(PackageFacts facts) => FingerprintFile.Of(Stage, new KeyFields()
        .Add("layout", Layout)
        .Add("trainingKey", facts.Training.Key)
        .Add("gateKey", facts.Verdict.GateKey)
        .Add("data", facts.Dataset.Sets.Select(set => new KeyFields().Add("name", set.Kind.Field()).Add("digest", set.Digest)))
        .Add("id", facts.Package.Id)
        .Add("version", facts.Package.Version)
        .Add("base", facts.Base is { } b ? new KeyFields().Add("id", b.Id).Add("version", b.Version) : new KeyFields())
        .Add("description", facts.Description)
        .Add("license", facts.License)
        .Add("sdkVersion", facts.SdkVersion)
        .Add("sourceRevision", facts.SourceRevision));
}
