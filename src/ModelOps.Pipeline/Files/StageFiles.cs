using ModelOps.Core.Data;

namespace ModelOps.Pipeline.Files;

/// <summary>The files under <c>obj/modelops/</c>, by name; <c>docs/architecture.md</c> says who writes which.</summary>
/// <param name="Directory">Absolute.</param>
public sealed record StageFiles(string Directory)
{
    public string Dataset => In("dataset.json");

    public string StatCache => In("stat.cache");

    public string Fingerprint => In("fingerprint.json");

    public string Adapter => In("adapter");

    /// <summary>What <see cref="Adapter"/> was trained from.</summary>
    public StageRecord Trained => new(In("trained"));

    /// <summary>What <see cref="Evaluation"/> was computed from.</summary>
    public StageRecord Evaluated => new(In("evaluated"));

    /// <summary>What <see cref="Verdict"/> was passed on.</summary>
    public StageRecord Judged => new(In("judged"));

    /// <summary>What <see cref="PackageContent"/> was laid out from.</summary>
    public StageRecord Packed => new(In("packed"));

    public string Evaluation => In("eval.json");

    public string Measurements => In("measurements.json");

    public string Verdict => In("verdict.json");

    public string Summary => In("summary.txt");

    /// <summary>The package as it will be in the <c>.nupkg</c>.</summary>
    public string PackageContent => Path.Combine(In("package"), "content");

    /// <summary>The dependencies, in the form in which the SDK's Pack reads them.</summary>
    public string PackageAssets => Path.Combine(In("package"), "assets");

    /// <summary>What lives as long as a run: requests, answers, unfinished output.</summary>
    public string Work => In("work");

    public string Rows(DatasetKind kind) => Path.Combine(Directory, "rows", kind.Folder() + ".jsonl");

    private string In(string name) => Path.Combine(Directory, name);
}
