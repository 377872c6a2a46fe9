using ModelOps.Core.Data;
using ModelOps.Core.Preparing;

namespace ModelOps.Pipeline.Configuration;

/// <summary>What a project says to the stages: its properties by name and its items.</summary>
public sealed record ProjectInputs
{
    /// <summary>The project file, absolute.</summary>
    public required string ProjectFile { get; init; }

    /// <summary>Project files that may set properties: the project itself, <c>Directory.Build.props</c> and so on; absent ones are passed over.</summary>
    public IReadOnlyList<string> ProjectFiles { get; init; } = [];

    /// <summary>Properties by name, as text.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    public IReadOnlyList<ProjectItem> TrainingData { get; init; } = [];

    public IReadOnlyList<ProjectItem> ValidationData { get; init; } = [];

    public IReadOnlyList<ProjectItem> EvalData { get; init; } = [];

    public IReadOnlyList<ProjectItem> RegressionData { get; init; } = [];

    /// <summary><c>EvalData</c> with <c>Sealed="true"</c>: rows that only Pack looks at.</summary>
    public IReadOnlyList<ProjectItem> SealedData { get; init; } = [];

    public IReadOnlyList<ProjectItem> PromptBaselines { get; init; } = [];

    public IReadOnlyList<ProjectItem> Gates { get; init; } = [];

    /// <summary>Other model projects of which this one uses the model.</summary>
    public IReadOnlyList<ModelReference> References { get; init; } = [];

    /// <summary>Further items that say who is asked: <c>CandidatePrompt</c>, <c>Documents</c>, <c>ModelEndpoint</c>, <c>ModelCommand</c>, <c>GateAgainst</c>; and <c>ProductionLog</c>, what is really asked.</summary>
    public IReadOnlyList<ProjectItem> SubjectItems { get; init; } = [];

    /// <summary>Something stands against the tuned model.</summary>
    public bool HasBaselines => PromptBaselines.Count > 0 || OfType(Names.ModelEndpoint).Any() || OfType(Names.ModelCommand).Any();

    /// <summary>Where the rows lie that were made of raw sources; null before, and in projects without.</summary>
    public PreparedFiles? Prepared { get; init; }

    /// <summary>The project with the rows that were made of its sources among its data.</summary>
    public ProjectInputs WithPrepared(PreparedFiles prepared)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        ProjectItem[] Of(DatasetKind kind) => prepared.Kinds.Contains(kind)
            ? [new ProjectItem(kind.Item(), Path.GetRelativePath(ProjectDirectory, prepared.Rows(kind)), prepared.Rows(kind), LicenseOfSources)] : [];
        return this with
        {
            Prepared = prepared,
            TrainingData = [.. Given(TrainingData), .. Of(DatasetKind.Training)],
            ValidationData = [.. Given(ValidationData), .. Of(DatasetKind.Validation)],
            EvalData = [.. Given(EvalData), .. Of(DatasetKind.Evaluation)],
            RegressionData = [.. Given(RegressionData), .. Of(DatasetKind.Regression)],
        };
    }

    private IEnumerable<ProjectItem> Given(IReadOnlyList<ProjectItem> items) => items.Where(i => Prepared is null || Path.GetDirectoryName(i.FullPath) != Prepared.Folder);

    // Rows of several sources stand under the terms of all of them; where one names none, nothing can be said of the whole.
    private Dictionary<string, string> LicenseOfSources
    {
        get
        {
            string[] licenses = [.. OfType(Names.SourceData).Select(s => s[Names.License]?.Trim()).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            return licenses.Length == 0 || OfType(Names.SourceData).Any(s => s[Names.License] is null) ? [] : new() { [Names.License] = licenses.Length == 1 ? licenses[0] : string.Join(" AND ", licenses.Select(l => l.Contains(' ', StringComparison.Ordinal) ? $"({l})" : l)) };
        }
    }

    public IEnumerable<ProjectItem> OfType(string type) => SubjectItems.Where(item => item.Type == type);

    public string ProjectDirectory => Path.GetDirectoryName(ProjectFile)!;

    public string ProjectName => Path.GetFileNameWithoutExtension(ProjectFile);

    public string Setting(string name) => Settings.TryGetValue(name, out string? value) ? value.Trim() : "";

    /// <summary>The file with the JSON Schema of all answers, absolute; empty when the project names none.</summary>
    public string AnswerSchemaFile
        => Setting(Names.AnswerSchema) is { Length: > 0 } file ? Path.GetFullPath(file, ProjectDirectory) : "";

    /// <summary>The file with what providers charge, absolute; empty when the project has none.</summary>
    public string PriceFile
        => Setting(Names.ModelOpsPrices) is { Length: > 0 } file ? Path.GetFullPath(file, ProjectDirectory) : "";

    /// <summary>The lock file of the environment of a tool that trains, absolute; empty when the project names none.</summary>
    public string TrainerEnvironmentFile
        => Setting(Names.TrainerEnvironment) is { Length: > 0 } file ? Path.GetFullPath(file, ProjectDirectory) : "";

    /// <summary>Where answers are recorded for replay, absolute; empty where the project does not.</summary>
    public string EvalLockFile
        => PropertyNames.IsTrue(Setting(Names.UseEvalLock)) ? Path.Combine(ProjectDirectory, "eval.lock") : "";

    /// <summary>Where rows that were split are recorded so that they never move, absolute; empty where the project does not.</summary>
    public string SplitLockFile
        => PropertyNames.IsTrue(Setting(Names.UseSplitLock)) ? Path.Combine(ProjectDirectory, "split.lock") : "";

    /// <summary>Rows are made of raw sources before anything looks at them.</summary>
    public bool HasSources => OfType(Names.SourceData).Any();

    /// <summary>Stages whose receipts make a build of this project up to date, in order.</summary>
    public IReadOnlyList<string> ReceiptStages
        => References.Count == 0 && SubjectItems.Count == 0 ? Names.ReceiptStages
            : [.. References.Count > 0 ? [Names.Resolve] : Array.Empty<string>(), .. HasSources ? [Names.Prepare] : Array.Empty<string>(), .. Names.ReceiptStages];

    /// <summary>The base model's folder, absolute; empty when the project names none.</summary>
    public string BaseModelDirectory
        => Setting(Names.BaseModel) is { Length: > 0 } folder ? Path.GetFullPath(folder, ProjectDirectory) : "";
}
