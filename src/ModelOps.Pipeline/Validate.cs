using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Reporting;
using ModelOps.Pipeline.Resolving;
using ModelOps.Pipeline.Validating;

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
        SeverityRules severities = SeverityRules.Load(inputs);
        ReportFormatsText.Read(inputs, xml.PropertyLocation, log);
        GateItems.Read(inputs, xml, settings?.GatesEnabled ?? true, log);
        CheckPrompts(inputs, log);
        if (settings?.Remote is { } remote)
        {
            RemoteCheck.Run(inputs, settings, remote, xml, log);
        }

        settings?.Tool?.Check(settings.Training, xml, log);
        CheckBaseModel(inputs, settings, xml, digests, log, cancellation);
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

    private static void CheckBaseModel(ProjectInputs inputs, TypedSettings? settings, ProjectXml xml, StatCache digests, StageReport log, CancellationToken cancellation)
    {
        if (settings?.Remote is { HasWeights: false })
        {
            return; // The model is at the provider, and has a name there.
        }

        SourceLocation at = xml.PropertyLocation(Names.BaseModel);
        if (inputs.BaseModelDirectory.Length == 0)
        {
            log.Report(ConfigurationErrors.NoBaseModel(at));
            return;
        }

        if (log.Try(() => BaseModels.Of(inputs, digests, cancellation), at) is { } model)
        {
            log.Try<object>(() =>
            {
                BasePackage.RequireUnchanged(inputs, model.Digest);
                return model;
            });
        }
    }
}
