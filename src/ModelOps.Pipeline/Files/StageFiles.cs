using ModelOps.Core.Data;
using ModelOps.Core.Preparing;

namespace ModelOps.Pipeline.Files;

/// <summary>The files under <c>obj/modelops/</c>, by name; <c>docs/architecture.md</c> says who writes which.</summary>
/// <param name="Directory">Absolute.</param>
public sealed record StageFiles(string Directory)
{
    public string Dataset => In("dataset.json");

    /// <summary>All that is wrong or doubtful in the data.</summary>
    public string Problems => In("problems.txt");

    /// <summary>The learned rows that do not fit into MaxSequenceLength.</summary>
    public string RowLengths => In("row-lengths.json");

    public string StatCache => In("stat.cache");

    public string Fingerprint => In("fingerprint.json");

    public string Adapter => In("adapter");

    /// <summary>What <see cref="Adapter"/> was trained from.</summary>
    public StageRecord Trained => new(In("trained"));

    /// <summary>What <see cref="Evaluation"/> was computed from.</summary>
    public StageRecord Evaluated => new(Judging("evaluated"));

    /// <summary>What <see cref="Verdict"/> was passed on.</summary>
    public StageRecord Judged => new(Judging("judged"));

    /// <summary>What <see cref="PackageContent"/> was laid out from.</summary>
    public StageRecord Packed => new(In("packed"));

    public string Evaluation => Judging("eval.json");

    public string Measurements => Judging("measurements.json");

    public string Verdict => Judging("verdict.json");

    public string Summary => Judging("summary.txt");

    /// <summary>What people and CI systems look at; of sealed rows in their own folder, so that it replaces no other.</summary>
    public string Report => Judging("report");

    public string HtmlReport => Path.Combine(Report, "index.html");

    /// <summary>What the data look like, for people; always of all sets.</summary>
    public string DataReport => Path.Combine(In("report"), "data.html");

    /// <summary>The data card, which travels with the package.</summary>
    public string DataCard => Path.Combine(In("report"), "data.md");

    public string MarkdownReport => Path.Combine(Report, "summary.md");

    public string JUnitGates => Path.Combine(Report, "junit.xml");

    public string JUnitRows => Path.Combine(Report, "junit-rows.xml");

    public string Sarif => Path.Combine(Report, "modelops.sarif");

    /// <summary>The package as it will be in the <c>.nupkg</c>.</summary>
    public string PackageContent => Path.Combine(In("package"), "content");

    /// <summary>The base model's package, not packed.</summary>
    public string PackageBase => Path.Combine(In("package"), "base");

    /// <summary>The dependencies, in the form in which the SDK's Pack reads them.</summary>
    public string PackageAssets => Path.Combine(In("package"), "assets");

    /// <summary>Rows that were made of raw sources.</summary>
    public PreparedFiles Prepared => new(In("prepared"));

    /// <summary>What lives as long as a run: requests, answers, unfinished output.</summary>
    public string Work => In("work");

    public string Rows(DatasetKind kind) => Path.Combine(Directory, "rows", kind.Folder() + ".jsonl");

    /// <summary>The set whose rows judge: the evaluation data, or what is sealed for the release.</summary>
    public DatasetKind Judge { get; init; } = DatasetKind.Evaluation;

    /// <summary>The same, with what is computed on the sealed rows in a folder of its own.</summary>
    public StageFiles Sealed => this with { Judge = DatasetKind.Sealed };

    private string In(string name) => Path.Combine(Directory, name);

    private string Judging(string name) => Judge == DatasetKind.Evaluation ? In(name) : Path.Combine(Directory, Judge.Folder(), name);
}
