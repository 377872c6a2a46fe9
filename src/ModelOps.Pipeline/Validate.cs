using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Reporting;
using ModelOps.Pipeline.Resolving;
using ModelOps.Pipeline.Validating;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline;

/// <param name="KnownData">Key of the files that <c>dataset.json</c> and <c>rows/</c> are known to come from; null when that is not known.</param>
/// <param name="AskOnly">Checks and writes nothing.</param>
public sealed record ValidateRequest(ProjectInputs Inputs, StageFiles Files, string? KnownData, bool AskOnly = false)
{
    /// <summary>Counts the tokens of long rows; null: they are not counted.</summary>
    public WorkerHost? Worker { get; init; }
}

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
        SeverityRules severities = SeverityRules.Load(inputs);
        ReportFormatsText.Read(inputs, xml.PropertyLocation, log);
        GateItems.Read(inputs, xml, settings?.GatesEnabled ?? true, log);
        CheckPrompts(inputs, log);
        if (settings?.Remote is { } remote)
        {
            RemoteCheck.Run(inputs, settings, remote, xml, log);
        }

        settings?.Tool?.Check(settings.Training, xml, log);
        if (settings is { Remote: null, Tool: null, Training.Method: not "full" }
            && TargetModules.Check(settings.Training.TargetModules, xml.PropertyLocation(Names.LoraTargetModules)) is { } unknown)
        {
            log.Report(unknown);
        }

        BaseModelIdentity? model = CheckBaseModel(inputs, settings, xml, digests, log, cancellation);
        if (settings is { Training.ChoosesByValidation: true } && inputs.ValidationData.Count == 0)
        {
            string property = settings.Training.EarlyStoppingPatience > 0 ? Names.EarlyStoppingPatience : Names.LoadBestModelAtEnd;
            log.Report(ConfigurationErrors.NoValidationData(property, xml.PropertyLocation(property)));
        }

        if (settings is not null)
        {
            var advice = new Findings(severities.Of);
            TrainingAdvice.CheckSettings(settings, xml.PropertyLocation, advice);
            advice.Report(log, DataFindings.MoreFindings);
        }

        (string dataKey, DatasetManifest? dataset) = new DataReading(request, settings, severities, digests).Run(log, cancellation);
        CheckLengths(request, settings, severities, model, dataKey, dataset, log, cancellation);
        foreach (Diagnostic complaint in severities.Complaints)
        {
            log.Report(complaint);
        }

        if (!request.AskOnly)
        {
            digests.Save();
        }

        return log.HasErrors ? null : new ValidateResult(dataKey, [request.Files.Dataset, request.Files.Problems, .. DataReportFiles.Written(request.Files), .. RowFiles(request.Files)], dataset);
    }

    /// <summary>The row files that exist, in the order of the kinds.</summary>
    private static IEnumerable<string> RowFiles(StageFiles files) => Enum.GetValues<DatasetKind>().Select(files.Rows).Where(File.Exists);

    // A tool or a provider has a tokenizer and a limit of its own, or none that is known here.
    private static void CheckLengths(
        ValidateRequest request, TypedSettings? settings, SeverityRules severities, BaseModelIdentity? model, string dataKey, DatasetManifest? dataset, StageReport log, CancellationToken cancellation)
    {
        if (request.AskOnly || log.HasErrors)
        {
            return;
        }

        if (model is not null && settings is { Remote: null, Tool: null } && request.Worker is { } worker && (worker.InProcess is not null || File.Exists(worker.WorkerPath)))
        {
            log.Try<object>(() =>
            {
                new RowLengths(request, settings, severities).Check(model, dataKey, dataset, log, cancellation);
                return settings;
            });
        }
        else
        {
            DataProblems.Replace(request.Files.Problems, request.Inputs.ProjectDirectory, RowLengths.Codes, []);
        }
    }

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

    /// <summary>Null when it is elsewhere, or an error was reported.</summary>
    private static BaseModelIdentity? CheckBaseModel(ProjectInputs inputs, TypedSettings? settings, ProjectXml xml, StatCache digests, StageReport log, CancellationToken cancellation)
    {
        if (settings?.Remote is { HasWeights: false })
        {
            return null; // The model is at the provider, and has a name there.
        }

        SourceLocation at = xml.PropertyLocation(Names.BaseModel);
        if (inputs.BaseModelDirectory.Length == 0)
        {
            log.Report(ConfigurationErrors.NoBaseModel(at));
            return null;
        }

        BaseModelIdentity? model = log.Try(() => BaseModels.Of(inputs, digests, cancellation), at);
        return model is null ? null : log.Try(() =>
        {
            BasePackage.RequireUnchanged(inputs, model.Digest);
            return model;
        });
    }
}
