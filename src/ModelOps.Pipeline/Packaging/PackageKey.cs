using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Lineage;
using ModelOps.Core.Making;
using ModelOps.Core.Packaging;
using ModelOps.Core.Signing;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Git;
using ModelOps.Pipeline.Resolving;

namespace ModelOps.Pipeline.Packaging;

/// <summary>What decides the content of a package: the model and its evidence by the key of their verdict, and what the package says of itself; <c>docs/formats/fingerprint.md</c>.</summary>
internal static class PackageKey
{
    public const string Stage = nameof(Package);

    /// <summary>Raised whenever the same facts would be laid out in another way.</summary>
    public const int Layout = 6;

    /// <summary>Of a model that need not be there yet.</summary>
    /// <param name="sealedGate">Key of the verdict on the sealed rows; null where there are none.</param>
    public static FingerprintFile Of(ActionKey gate, ActionKey? sealedGate, DatasetManifest dataset, PackageSays says)
    {
        KeyFields fields = Fields(gate, dataset, says);
        fields = says.Prepared is { } prepared ? fields.Add("prepared", prepared) : fields;
        return FingerprintFile.Of(Stage, sealedGate is { } key ? fields.Add("sealedGateKey", key) : fields);
    }

    private static KeyFields Fields(ActionKey gate, DatasetManifest dataset, PackageSays says) => new KeyFields()
        .Add("layout", Layout)
        .Add("gateKey", gate)
        .Add("data", dataset.Sets.Select(set => Made(new KeyFields().Add("name", set.Kind.Field()).Add("digest", set.Digest).Add("licenses", says.LicensesOf(set.Kind)), says.MadeOf(set.Kind))))
        .Add("id", says.Package.Id)
        .Add("version", says.Package.Version)
        .Add("base", says.Base is { } b ? new KeyFields().Add("id", b.Id).Add("version", b.Version) : new KeyFields())
        .Add("description", says.Details.Description)
        .Add("license", says.Details.License)
        .Add("baseLicense", says.Details.BaseLicense)
        .Add("sizeLimit", says.Details.SizeLimit)
        .Add("sdkVersion", says.Details.SdkVersion)
        .Add("sourceRevision", says.Sources?.Revision ?? "")
        .Add("sourceDirty", says.Sources?.Dirty is { } dirty ? dirty ? "yes" : "no" : "unknown")
        .Add("sourceRepository", says.Sources?.Repository);

    // Only where rows say where they came from: a project without such files keeps its key.
    private static KeyFields Made(KeyFields set, IReadOnlyList<MadeData> made) => made.Count == 0 ? set : set.Add("made", made.Select(m => m.IsChanged ? $"{m.Provenance} changed" : m.Provenance.ToString()));
}

/// <summary>What a package says of itself beside model and evidence.</summary>
/// <param name="Base">Null when the package holds a whole model.</param>
/// <param name="Sources">Null where nothing is known of them.</param>
/// <param name="DataLicenses">By set, as the items of the project say.</param>
internal sealed record PackageSays(
    PackageIdentity Package, PackageIdentity? Base, PackageDetails Details, SourceState? Sources, IReadOnlyDictionary<DatasetKind, IReadOnlyList<string>> DataLicenses)
{
    /// <exception cref="DiagnosticException"><c>MOPS6123</c>: a dataset's licence is no SPDX expression.</exception>
    public static PackageSays Of(ProjectInputs inputs, TypedSettings settings, PackageDetails details, FingerprintFile training, BaseModelIdentity model, IStageLog log)
    {
        // Its terms flow down, whatever else the project says of itself.
        ModelManifest? restored = BasePackage.ManifestOf(inputs);
        details = restored?.License is { } license ? details with { BaseLicense = license } : details;

        // A full fine-tune is a model of its own: nothing of the base is needed to run it.
        PackageIdentity? @base = settings.Training.Method == "full" || settings.Remote is { HasWeights: false } ? null
            : restored is not null ? new PackageIdentity(restored.Id, restored.Version)
            : new PackageIdentity(details.Base, BaseModelPackage.VersionOf(model.Digest));
        PackageIdentity package = details.Identity with { Version = PackageVersion.Of(details.Identity.Version, details.VersionSuffix, training.Key, inputs.ProjectFile) };
        var licenses = new Dictionary<DatasetKind, IReadOnlyList<string>>
        {
            [DatasetKind.Training] = LicensesOf(inputs.TrainingData, inputs),
            [DatasetKind.Validation] = LicensesOf(inputs.ValidationData, inputs),
            [DatasetKind.Evaluation] = LicensesOf(inputs.EvalData, inputs),
            [DatasetKind.Sealed] = LicensesOf(inputs.SealedData, inputs),
            [DatasetKind.Regression] = LicensesOf(inputs.RegressionData, inputs),
        };
        var made = new Dictionary<DatasetKind, IReadOnlyList<MadeData>>
        {
            [DatasetKind.Training] = MadeData.Of([.. inputs.TrainingData, .. inputs.OfType(Names.SourceData)]),
            [DatasetKind.Validation] = MadeData.Of(inputs.ValidationData),
            [DatasetKind.Evaluation] = MadeData.Of(inputs.EvalData),
        };
        return new PackageSays(package, @base, details, InputState.Of(inputs, details.SourceRevision, details.Repository, log), licenses)
        {
            BaseIsRestored = restored is not null,
            Made = made,
            Prepared = inputs.Prepared is { } prepared && File.Exists(prepared.Record) ? Digest.OfFile(prepared.Record) : null,
        };
    }

    /// <summary>The base model came as a package, which this one depends on; else Pack makes one of it.</summary>
    public bool BaseIsRestored { get; init; }

    /// <summary>How rows were made, by set, where files say it.</summary>
    public IReadOnlyDictionary<DatasetKind, IReadOnlyList<MadeData>> Made { get; init; } = new Dictionary<DatasetKind, IReadOnlyList<MadeData>>();

    /// <summary>Whoever packs is told once more what somebody asked for when the rows were made.</summary>
    public void WarnOfUnreviewed(string project, IStageLog log)
    {
        if (MadeOf(DatasetKind.Training).Sum(made => made.From.Unreviewed) is > 0 and int rows)
        {
            log.Report(MakingErrors.PacksUnreviewed(project, rows));
        }
    }

    public IReadOnlyList<MadeData> MadeOf(DatasetKind kind) => Made.TryGetValue(kind, out IReadOnlyList<MadeData>? made) ? made : [];

    /// <summary>What was made of raw sources, which the data card tells; null in projects without.</summary>
    public Digest? Prepared { get; init; }

    public IReadOnlyList<string> LicensesOf(DatasetKind kind) => DataLicenses.TryGetValue(kind, out IReadOnlyList<string>? licenses) ? licenses : [];

    private static string[] LicensesOf(IReadOnlyList<ProjectItem> items, ProjectInputs inputs)
        => [.. items.Select(item => item[Names.License] is not { } license ? null
                : SpdxExpression.TryParse(license) is not null ? license
                : throw PackageErrors.DataLicense(inputs.ProjectFile, item.Include, license))
            .OfType<string>().Distinct().Order(StringComparer.Ordinal)];
}
