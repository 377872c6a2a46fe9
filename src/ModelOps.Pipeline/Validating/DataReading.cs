using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Preparing;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Preparing;
using ModelOps.Pipeline.Reporting;

namespace ModelOps.Pipeline.Validating;

/// <summary>Reads the data files, unless they are those that were read before: rows, what is wrong with them, and the files that later stages read.</summary>
internal sealed class DataReading(ValidateRequest request, TypedSettings? settings, SeverityRules severities, StatCache digests)
{
    /// <summary>Raised when a build must look at data again that it has seen.</summary>
    private const int ChecksVersion = 2;

    private readonly ProjectInputs _inputs = request.Inputs;
    private readonly (DatasetKind Kind, IReadOnlyList<ProjectItem> Items)[] _sets =
    [
        (DatasetKind.Training, request.Inputs.TrainingData),
        (DatasetKind.Validation, request.Inputs.ValidationData),
        (DatasetKind.Evaluation, request.Inputs.EvalData),
        (DatasetKind.Regression, request.Inputs.RegressionData),
        (DatasetKind.Sealed, request.Inputs.SealedData),
    ];

    private readonly SourceMap _sources = SourceItems.MapOf(request.Inputs);

    private bool PreserveOrder => settings?.Training.PreserveDataOrder ?? false;

    /// <summary>The key of the data as they are, and the sets; null when they are those of <c>dataset.json</c>, or when an error was reported.</summary>
    public (string Key, DatasetManifest? Dataset) Run(StageReport log, CancellationToken cancellation)
    {
        if (request.KnownData is null)
        {
            // Nothing to compare with: the files are hashed while their rows are read.
            Task<string> hashing = Task.Run(() => Key(cancellation), cancellation);
            DatasetManifest? manifest = ReadAll(log, cancellation);
            return (hashing.GetAwaiter().GetResult(), manifest);
        }

        string key = Key(cancellation);
        if (key == request.KnownData)
        {
            log.Message("The datasets are the bytes that were read before.");
            DataProblems.Repeat(request.Files.Problems, _inputs.ProjectDirectory, log);
            return (key, null);
        }

        return (key, ReadAll(log, cancellation));
    }

    private DatasetManifest? ReadAll(StageReport log, CancellationToken cancellation)
    {
        var problems = new DataProblems(log, _inputs.ProjectDirectory, severities, _sources);
        var report = new StageReport(problems);
        var findings = new Findings(Severity);
        DatasetManifest? manifest = Read(report, findings, out IReadOnlyList<Dataset> datasets, cancellation);
        if (!request.AskOnly)
        {
            problems.Write(request.Files.Problems);
            DataReportFiles.Write(_inputs, request.Files, datasets, problems.All, findings);
        }

        return manifest;
    }

    private DatasetManifest? Read(StageReport log, Findings findings, out IReadOnlyList<Dataset> datasets, CancellationToken cancellation)
    {
        DataChecks checks = new() { Findings = findings, NearDuplicates = settings?.NearDuplicateThreshold ?? 0, AnswerSchema = AnswerSchema() };
        DatasetKind[] kinds = [.. _sets.Where(s => s.Items.Count > 0 || s.Kind is DatasetKind.Training or DatasetKind.Evaluation).Select(s => s.Kind)];
        datasets = DatasetReview.Read(kinds, checks, (kind, wanted) => ReadSet(kind, wanted, log, cancellation));
        bool complete = datasets.Count == kinds.Length;
        using PendingRows? rows = complete && !request.AskOnly && !log.HasErrors ? new PendingRows(datasets, request.Files) : null;
        if (complete)
        {
            DatasetReview.Compare(datasets, checks);
            string[] logs = [.. _inputs.OfType(Names.ProductionLog).Select(i => i.FullPath)];
            if (logs.Length > 0)
            {
                ProductionShift.Check(datasets[0], logs, findings, cancellation);
            }

            TrainingAdvice.CheckLicenses(_inputs, _sets, findings);
            if (settings is not null)
            {
                TrainingAdvice.CheckRows(datasets[0], settings, findings);
            }
        }

        findings.Report(log, DataFindings.MoreFindings);
        if (log.HasErrors || !Leakage.Check(datasets, log))
        {
            return null;
        }

        DatasetManifest manifest = DatasetManifest.Of(_inputs.ProjectDirectory, datasets, _inputs.HasSources ? _sources.FileOf : null);
        if (rows is not null)
        {
            Task listing = Task.Run(() => manifest.Write(request.Files.Dataset), CancellationToken.None);
            rows.Commit();
            listing.GetAwaiter().GetResult();
        }

        return manifest;
    }

    // What a person wrote is the source: severities are those of its path, and what is found in a row that a weight repeats was found in the row before.
    private DiagnosticSeverity? Severity(Diagnostic found)
        => found.Location is not { } at || !_inputs.HasSources ? severities.Of(found)
            : _sources.IsCopy(at) ? null
            : severities.Of(found with { Location = _sources.FileOf(at) });

    private Dataset? ReadSet(DatasetKind kind, DataChecks checks, StageReport log, CancellationToken cancellation)
    {
        var options = new ReadOptions
        {
            Order = kind == DatasetKind.Training && PreserveOrder ? RowOrder.AsWritten : RowOrder.Canonical,
            SpillFolder = request.AskOnly ? null : request.Files.Work,
            Checks = checks,
        };
        Dataset? dataset = DatasetReader.Read([.. _sets.First(s => s.Kind == kind).Items.Select(i => i.FullPath)], kind, options, log, cancellation);
        if (dataset is not null)
        {
            CheckShape(dataset, log);
        }

        return dataset;
    }

    // Who learns from pairs has nothing to learn from answers, and the other way round; only answers can be judged.
    private void CheckShape(Dataset dataset, StageReport log)
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

    // A schema that says more than the metric understands judges no row; whether the engine can decode by it is the settings' question.
    private JsonSchema? AnswerSchema()
    {
        try
        {
            return _inputs.AnswerSchemaFile is { Length: > 0 } file && File.Exists(file) ? new JsonSchema(File.ReadAllText(file)) : null;
        }
        catch (InvalidSchemaException)
        {
            return null;
        }
    }

    // The manifest names files relative to the project, and so does its key: a repository that moved is read no second time.
    private string Key(CancellationToken cancellation)
    {
        digests.Read(_sets.SelectMany(s => s.Items).Concat(_inputs.OfType(Names.ProductionLog)).Select(i => i.FullPath), cancellation);

        // The method says what shape the rows must have; what is said of them depends on the checks.
        var fields = new KeyFields().Add("manifest", DatasetManifest.Format).Add("preserveOrder", PreserveOrder).Add("method", settings?.FineTuneMethod)
            .Add("checks", ChecksVersion).Add("nearDuplicates", settings?.NearDuplicateThreshold ?? 0).Add("severities", severities.Text)
            .Add("answerSchema", settings?.Decoding.JsonSchema?.ToString() ?? "")
            .Add("report", DataReportFiles.KeyOf(_inputs))
            .Add("licenses", _sets.SelectMany(s => s.Items).Select(i => i[Names.License] ?? ""));
        foreach ((string name, IEnumerable<ProjectItem> items) in _sets.Select(s => (s.Kind.Folder(), s.Items.AsEnumerable())).Append(("productionLogs", _inputs.OfType(Names.ProductionLog))))
        {
            fields.Add(name, items.Select(i => File.Exists(i.FullPath)
                ? $"{Path.GetRelativePath(_inputs.ProjectDirectory, i.FullPath)} {digests.DigestOf(i.FullPath, cancellation)}" : Path.GetRelativePath(_inputs.ProjectDirectory, i.FullPath)));
        }

        if (_inputs.Prepared is { } prepared)
        {
            // Where rows come from is part of what is said of them.
            fields.Add("prepared", prepared.All.Where(p => !p.EndsWith(".jsonl", StringComparison.Ordinal)).Select(p => digests.DigestOf(p, cancellation).ToString()));
        }

        return fields.ToKey(Names.Validate).ToString();
    }
}
