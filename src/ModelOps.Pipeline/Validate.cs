using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Reporting;
using ModelOps.Pipeline.Resolving;

namespace ModelOps.Pipeline;

/// <param name="KnownData">Key of the files that <c>dataset.json</c> and <c>rows/</c> are known to come from; null when that is not known.</param>
/// <param name="AskOnly">Checks and writes nothing.</param>
public sealed record ValidateRequest(ProjectInputs Inputs, StageFiles Files, string? KnownData, bool AskOnly = false);

/// <param name="DataKey">Identity of the data files as they are: paths and content.</param>
/// <param name="Written">Files that belong to the result.</param>
/// <param name="Dataset">The sets as they are; null when they are those of <c>dataset.json</c>.</param>
public sealed record ValidateResult(string DataKey, IReadOnlyList<string> Written, DatasetManifest? Dataset);

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
        ReportFormatsText.Read(inputs, xml.PropertyLocation, log);
        GateItems.Read(inputs, xml, settings?.GatesEnabled ?? true, log);
        CheckPrompts(inputs, log);
        CheckBaseModel(inputs, xml, digests, log, cancellation);
        if (settings is { Training.ChoosesByValidation: true } && inputs.ValidationData.Count == 0)
        {
            string property = settings.Training.EarlyStoppingPatience > 0 ? Names.EarlyStoppingPatience : Names.LoadBestModelAtEnd;
            log.Report(ConfigurationErrors.NoValidationData(property, xml.PropertyLocation(property)));
        }

        (string dataKey, DatasetManifest? dataset) = ReadData(request, settings, digests, log, cancellation);
        if (!request.AskOnly)
        {
            digests.Save();
        }

        return log.HasErrors ? null : new ValidateResult(dataKey, [request.Files.Dataset, .. RowFiles(request.Files)], dataset);
    }

    /// <summary>The row files that exist, in the order of the kinds.</summary>
    private static IEnumerable<string> RowFiles(StageFiles files) => Enum.GetValues<DatasetKind>().Select(files.Rows).Where(File.Exists);

    private static void CheckPrompts(ProjectInputs inputs, StageReport log)
    {
        foreach (ProjectItem item in inputs.PromptBaselines.Concat(inputs.OfType(Names.CandidatePrompt)))
        {
            log.Try(() => PromptItem.Parse(inputs, item));
        }

        foreach (ProjectItem item in inputs.SubjectItems)
        {
            _ = item.Type switch
            {
                Names.ModelEndpoint => log.Try<object>(() => BackendItems.Endpoint(inputs, item)),
                Names.ModelCommand => log.Try<object>(() => BackendItems.Command(inputs, item)),
                Names.ModelJudge => log.Try<object>(() => JudgeItem.Parse(inputs, item)),
                _ => null,
            };
        }

        log.Try(() => ReleaseItem.Of(inputs) ?? (object)inputs);
    }

    private static void CheckBaseModel(ProjectInputs inputs, ProjectXml xml, StatCache digests, StageReport log, CancellationToken cancellation)
    {
        SourceLocation at = xml.PropertyLocation(Names.BaseModel);
        if (inputs.BaseModelDirectory.Length == 0)
        {
            log.Report(ConfigurationErrors.NoBaseModel(at));
            return;
        }

        if (log.Try(() => BaseModelIdentity.Compute(inputs.BaseModelDirectory, path => digests.DigestOf(path, cancellation)), at) is { } model)
        {
            log.Try<object>(() =>
            {
                BasePackage.RequireUnchanged(inputs, model.Digest);
                return model;
            });
        }
    }

    private static (string Key, DatasetManifest? Dataset) ReadData(
        ValidateRequest request, TypedSettings? settings, StatCache digests, StageReport log, CancellationToken cancellation)
    {
        bool preserveOrder = settings?.Training.PreserveDataOrder ?? false;
        (DatasetKind Kind, IReadOnlyList<ProjectItem> Items)[] sets =
        [
            (DatasetKind.Training, request.Inputs.TrainingData),
            (DatasetKind.Validation, request.Inputs.ValidationData),
            (DatasetKind.Evaluation, request.Inputs.EvalData),
            (DatasetKind.Regression, request.Inputs.RegressionData),
            (DatasetKind.Sealed, request.Inputs.SealedData),
        ];
        digests.Read(sets.SelectMany(s => s.Items).Select(i => i.FullPath), cancellation);
        string key = DataKey(request.Inputs.ProjectDirectory, sets, preserveOrder, settings?.FineTuneMethod, digests, cancellation);
        if (key == request.KnownData)
        {
            log.Message("The datasets are the bytes that were read before.");
            return (key, null);
        }

        var datasets = new List<Dataset>();
        foreach ((DatasetKind kind, IReadOnlyList<ProjectItem> items) in sets.Where(s => s.Items.Count > 0 || s.Kind is DatasetKind.Training or DatasetKind.Evaluation))
        {
            RowOrder order = kind == DatasetKind.Training && preserveOrder ? RowOrder.AsWritten : RowOrder.Canonical;
            if (DatasetReader.Read([.. items.Select(i => i.FullPath)], kind, log, cancellation, order) is { } dataset)
            {
                CheckShape(dataset, settings, log);
                datasets.Add(dataset);
            }
        }

        if (log.HasErrors || !Leakage.Check(datasets, log))
        {
            return (key, null);
        }

        DatasetManifest manifest = DatasetManifest.Of(request.Inputs.ProjectDirectory, datasets);
        if (!request.AskOnly)
        {
            Write(request, datasets, manifest);
        }

        return (key, manifest);
    }

    // Who learns from pairs has nothing to learn from answers, and the other way round; only answers can be judged.
    private static void CheckShape(Dataset dataset, TypedSettings? settings, StageReport log)
    {
        bool judged = dataset.Kind is DatasetKind.Evaluation or DatasetKind.Regression or DatasetKind.Sealed;
        if (settings is null && !judged)
        {
            return;
        }

        RowShape expected = !judged && settings!.Training.Objective == "dpo" ? RowShape.Preference : RowShape.Conversation;
        if (dataset.Shape != expected)
        {
            Row first = dataset.Rows.MinBy(row => (row.Location.File == dataset.Rows[0].Location.File ? 0 : 1, row.Location.Line))!;
            string reason = judged ? "its rows are answered and compared" : $"{Names.FineTuneMethod} is {settings!.FineTuneMethod}";
            log.Report(DataErrors.WrongShape(first.Location, dataset.Kind, dataset.Shape, expected, reason));
        }
    }

    private static void Write(ValidateRequest request, List<Dataset> datasets, DatasetManifest manifest)
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

        manifest.Write(request.Files.Dataset);
    }

    // The manifest names files relative to the project, and so does its key: a repository that moved is read no second time.
    private static string DataKey(
        string folder, IEnumerable<(DatasetKind Kind, IReadOnlyList<ProjectItem> Items)> sets, bool preserveOrder, string? method, StatCache digests,
        CancellationToken cancellation)
    {
        // The method says what shape the rows must have.
        var fields = new KeyFields().Add("manifest", DatasetManifest.Format).Add("preserveOrder", preserveOrder).Add("method", method);
        foreach ((DatasetKind kind, IReadOnlyList<ProjectItem> items) in sets)
        {
            fields.Add(kind.Folder(), items.Select(i => File.Exists(i.FullPath)
                ? $"{Path.GetRelativePath(folder, i.FullPath)} {digests.DigestOf(i.FullPath, cancellation)}" : Path.GetRelativePath(folder, i.FullPath)));
        }

        return fields.ToKey(Names.Validate).ToString();
    }
}
