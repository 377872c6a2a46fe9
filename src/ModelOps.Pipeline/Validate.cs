using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline;

/// <param name="KnownData">Key of the files that <c>dataset.json</c> and <c>rows/</c> are known to come from; null when that is not known.</param>
public sealed record ValidateRequest(ProjectInputs Inputs, StageFiles Files, string? KnownData);

/// <param name="DataKey">Identity of the data files as they are: paths and content.</param>
/// <param name="Written">Files that belong to the result.</param>
public sealed record ValidateResult(string DataKey, IReadOnlyList<string> Written);

/// <summary>Checks everything that can be checked before any work: names, values, gates, prompts, base model, rows, leakage. Reports all of it at once.</summary>
public static class Validate
{
    /// <summary>Null when errors were reported.</summary>
    public static ValidateResult? Run(ValidateRequest request, IStageLog stageLog, CancellationToken cancellation)
    {
        ProjectInputs inputs = request.Inputs;
        var log = new StageReport(stageLog);
        StatCache digests = StatCache.Load(request.Files.StatCache);
        ProjectXml xml = ProjectXml.Load(inputs);
        ProjectLint.Check(inputs, xml, log);
        TypedSettings? settings = TypedSettings.Parse(inputs, xml.PropertyLocation, log);
        GateItems.Read(inputs, xml, settings?.GatesEnabled ?? true, log);
        CheckPrompts(inputs, log);
        CheckBaseModel(inputs, xml, digests, log, cancellation);
        bool preserveOrder = settings?.Training.PreserveDataOrder ?? false;
        string dataKey = ReadData(request, preserveOrder, digests, log, cancellation);
        digests.Save();
        return log.HasErrors ? null : new ValidateResult(dataKey, [request.Files.Dataset, .. RowFiles(request.Files)]);
    }

    /// <summary>The row files that exist, in the order of the kinds.</summary>
    private static IEnumerable<string> RowFiles(StageFiles files) => Enum.GetValues<DatasetKind>().Select(files.Rows).Where(File.Exists);

    private static void CheckPrompts(ProjectInputs inputs, StageReport log)
    {
        foreach (ProjectItem item in inputs.PromptBaselines)
        {
            log.Try(() => PromptyFile.Load(item.FullPath));
        }
    }

    private static void CheckBaseModel(ProjectInputs inputs, ProjectXml xml, StatCache digests, StageReport log, CancellationToken cancellation)
    {
        SourceLocation at = xml.PropertyLocation(Names.BaseModel);
        if (inputs.BaseModelDirectory.Length == 0)
        {
            log.Report(ConfigurationErrors.NoBaseModel(at));
            return;
        }

        log.Try(() => BaseModelIdentity.Compute(inputs.BaseModelDirectory, path => digests.DigestOf(path, cancellation)), at);
    }

    private static string ReadData(ValidateRequest request, bool preserveOrder, StatCache digests, StageReport log, CancellationToken cancellation)
    {
        (DatasetKind Kind, IReadOnlyList<ProjectItem> Items)[] sets =
        [
            (DatasetKind.Training, request.Inputs.TrainingData),
            (DatasetKind.Validation, request.Inputs.ValidationData),
            (DatasetKind.Evaluation, request.Inputs.EvalData),
            (DatasetKind.Regression, request.Inputs.RegressionData),
        ];
        string key = DataKey(request.Inputs.ProjectDirectory, sets, preserveOrder, digests, cancellation);
        if (key == request.KnownData)
        {
            log.Message("The datasets are the bytes that were read before.");
            return key;
        }

        var datasets = new List<Dataset>();
        foreach ((DatasetKind kind, IReadOnlyList<ProjectItem> items) in sets.Where(s => s.Items.Count > 0 || s.Kind is DatasetKind.Training or DatasetKind.Evaluation))
        {
            RowOrder order = kind == DatasetKind.Training && preserveOrder ? RowOrder.AsWritten : RowOrder.Canonical;
            if (DatasetReader.Read([.. items.Select(i => i.FullPath)], kind, log, cancellation, order) is { } dataset)
            {
                datasets.Add(dataset);
            }
        }

        if (!log.HasErrors && Leakage.Check(datasets, log))
        {
            Write(request, datasets);
        }

        return key;
    }

    private static void Write(ValidateRequest request, List<Dataset> datasets)
    {
        foreach (DatasetKind kind in Enum.GetValues<DatasetKind>())
        {
            if (datasets.Find(d => d.Kind == kind) is { } dataset)
            {
                dataset.WriteRows(request.Files.Rows(kind));
            }
            else
            {
                File.Delete(request.Files.Rows(kind));
            }
        }

        DatasetManifest.Of(request.Inputs.ProjectDirectory, datasets).Write(request.Files.Dataset);
    }

    // The manifest names files relative to the project, and so does its key: a repository that moved is read no second time.
    private static string DataKey(
        string folder, IEnumerable<(DatasetKind Kind, IReadOnlyList<ProjectItem> Items)> sets, bool preserveOrder, StatCache digests, CancellationToken cancellation)
    {
        var fields = new KeyFields().Add("manifest", DatasetManifest.Format).Add("preserveOrder", preserveOrder);
        foreach ((DatasetKind kind, IReadOnlyList<ProjectItem> items) in sets)
        {
            fields.Add(kind.Folder(), items.Select(i => File.Exists(i.FullPath)
                ? $"{Path.GetRelativePath(folder, i.FullPath)} {digests.DigestOf(i.FullPath, cancellation)}" : Path.GetRelativePath(folder, i.FullPath)));
        }

        return fields.ToKey(Names.Validate).ToString();
    }
}
