using System.Globalization;
using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Floors;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Sharing;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>One evaluation on its way from the plan to <c>eval.json</c>.</summary>
internal sealed class EvaluationRun
{
    private readonly EvaluateRequest _request;
    private readonly IStageLog _log;
    private readonly CancellationToken _cancellation;
    private readonly ResultSource _results;
    private readonly KeptEvaluation _kept;
    private readonly AnswerMemory _memory;
    private readonly ServedModels _served;
    private readonly List<JudgeAgreement> _agreements = [];

    public EvaluationRun(EvaluateRequest request, IStageLog log, CancellationToken cancellation)
    {
        (_request, _log, _cancellation) = (request, log, cancellation);
        _results = new ResultSource(request.StoreRoot, request.Cache, request.Files.Work, log);
        _kept = new KeptEvaluation(_results, request.Files, request.UnsignedModel);
        _memory = new AnswerMemory(Store, _results.Proven, AnswerLock.Read(LockFile));
        _served = new ServedModels(request.StoreRoot, log, cancellation);
    }

    /// <summary>Of the rows that every build looks at; what Pack alone looks at is recorded nowhere.</summary>
    private string LockFile => Files.Judge == DatasetKind.Evaluation ? _request.Inputs.EvalLockFile : "";

    private string Project => _request.Inputs.ProjectName;

    private StageFiles Files => _request.Files;

    private ModelStore Store => _request.UnsignedModel ? _results.Unproven : _results.Proven;

    public EvaluateResult Run()
    {
        EvaluationPlan plan = EvaluationPlan.Of(_request.Inputs, Files, _request.Settings, _request.Gates, Recorded, _log, _cancellation).Fitted(Given).With(Recorded);
        string? lacking = LockFile.Length > 0 ? Lacking(plan) : null;
        if (_request.Locked && (LockFile.Length == 0 || lacking is not null))
        {
            throw lacking is null || !File.Exists(LockFile) ? EvaluateErrors.NoLock(_request.Inputs.ProjectFile) : EvaluateErrors.StaleLock(LockFile, lacking);
        }

        if (!_request.Locked && ModelElsewhere.Of(_request.Inputs) is { } elsewhere)
        {
            _served.Sweep(elsewhere.Tuned(Files.Adapter, plan.Training));
        }

        if (lacking is null && plan.Key.ToString() == _request.CurrentKey)
        {
            return new EvaluateResult(plan.Key, UpToDate: true);
        }

        if (plan.Key.ToString() == _request.CurrentKey)
        {
            _log.Message($"  {Project}: eval.lock gets the answers of this evaluation", important: true);
            return new EvaluateResult(EvaluateNow(plan).Key, UpToDate: false);
        }

        string reason = Files.Evaluated.Reason(plan.Fingerprint, StageRecord.ManifestOf(Files.Dataset), "eval.json is missing or was changed");
        if (lacking is not null || !TryRestore(plan, reason))
        {
            _log.Message($"  {Project}: re-evaluates: {reason}", important: true);
            plan = EvaluateNow(plan);
        }

        HeldOutLooks.Note(_request, plan.Rows, plan.Items, plan.Training, _log);
        Files.Evaluated.Keep(plan.Fingerprint, Files.Dataset, Files.Rows(DatasetKind.Evaluation));
        return new EvaluateResult(plan.Key, UpToDate: false);
    }

    /// <summary>The first subject of which <c>eval.lock</c> lacks something that this evaluation needs; null when it lacks nothing.</summary>
    private string? Lacking(EvaluationPlan plan)
        => plan.Fitting.FirstOrDefault(f => !_memory.HasRecorded(f.Subject)).Subject?.Name ?? plan.Asked.FirstOrDefault(a => !_memory.HasRecorded(a.Subject)
            || (a.Scored && _memory.RecordedScores(AnswerSource.ScoreAction(a.Subject, a.Items).Action.Key) is null)).Subject?.Name;

    /// <summary>The answers of a subject where they are known already.</summary>
    private IReadOnlyList<AnswerLine>? Given(Subject subject, IReadOnlyList<EvaluationItem> items) => subject.Given(_memory.Known(subject), [.. items.Select(item => item.Id)]);

    private string? Recorded(Subject subject) => subject.Respondent.IsReproducible ? null : subject.RecordedDigest(_memory.Known(subject));

    private bool TryRestore(EvaluationPlan plan, string reason)
    {
        if (_kept.TryRestore(plan.Key))
        {
            _log.Message($"  {Project}: evaluation restored from the store (key {plan.Key.Short}; {reason})", important: true);
            return true;
        }

        if (_kept.TryPull(plan.Fingerprint, _cancellation) is { } feed)
        {
            _log.Message($"  {Project}: evaluation restored from the feed '{feed}' (key {plan.Key.Short}; {reason})", important: true);
            return true;
        }

        return false;
    }

    /// <summary>The plan with the answers that came.</summary>
    private EvaluationPlan EvaluateNow(EvaluationPlan plan)
    {
        var measured = new JsonObject();
        AnswerSource source = Source(plan);
        (plan, List<SubjectRun> all) = _served.During(() =>
        {
            EvaluationPlan fitted = Fit(plan, source);
            return (fitted, Answer(fitted, source, measured));
        });
        if (LockFile.Length > 0)
        {
            AtomicFile.WriteIfDifferent(LockFile, _memory.Used.ToBytes());
        }

        EvaluationPlan answered = plan.With(Recorded);
        EvaluationReport report = Evaluator.Evaluate(Input(answered, all[..plan.Subjects.Count], all[plan.Subjects.Count..]));
        Latency.AddSteps(measured, DecisionStep.Of(report));
        _kept.Keep(answered.Fingerprint, report, measured, _cancellation);
        string beside = plan.Regression is { } regression ? $", two on {regression.Items.Count} rows of regression data" : "";
        _log.Message($"{Project}: evaluated {report.Subjects.Count} subjects on {answered.Items.Count} held-out rows{beside} (key {answered.Key.Short})");
        return answered;
    }

    private EvaluationInput Input(EvaluationPlan plan, List<SubjectRun> runs, List<SubjectRun> regressionRuns) => new()
    {
        Fields = plan.Fields,
        Items = plan.Items,
        Subjects = [.. runs, .. FloorSubjects.Of(HeldOutRows.TrainingExamples(Files), plan.Items).Select(floor => WithScores(floor, plan, plan.Items))],
        Metrics = plan.Metrics,
        Judges = _agreements,
        Regression = plan.Regression is { } regression ? new RegressionInput(regression.Items, regressionRuns[0], regressionRuns[1], regression.Metrics) : null,
    };

    private SubjectRun WithScores(SubjectRun run, EvaluationPlan plan, IReadOnlyList<EvaluationItem> items)
        => OfProject.WithScores(CommandMetric.WithScores(run, plan.MetricsOf(items), items, _request.Inputs.ProjectDirectory, _cancellation), plan.MetricsOf(items), items);

    private AssemblyMetric OfProject => new(_request.Worker, _request.Inputs.BaseModelDirectory, _request.Inputs.ProjectDirectory, _log, _cancellation);

    /// <summary>Who answers, once the budget is known to cover it.</summary>
    private AnswerSource Source(EvaluationPlan plan)
    {
        string project = _request.Inputs.ProjectFile;
        IEnumerable<Subject> asked = plan.Fitting.Select(f => f.Subject).Concat(plan.Subjects);
        EvaluationCost.Of(asked.Where(s => s.Respondent.Price is not null).Select(s => (s, Open(s))), project)?.Require(_request.Budget, _request.MaxCost, project);
        var here = new LocalWork(_request.Worker, ModelOf(Files), Store.Root, _log, _cancellation);
        return new AnswerSource(_memory, here, new RemoteWork(project, _served, _log, _cancellation), _log, _cancellation);
    }

    /// <summary>Asks about the validation rows first, where a prompt is fitted on them.</summary>
    private EvaluationPlan Fit(EvaluationPlan plan, AnswerSource source)
    {
        plan = plan.Fitted(source.Answers);
        foreach ((string name, FittedShots found) in plan.Subjects.Where(s => s.Fit is not null).Select(s => (s.Name, s.Fit!.Found!)))
        {
            string values = string.Join(", ", found.Tried.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Shots}: {t.Value:0.000}")));
            _log.Message($"  {Project}: {name} shows {found.Shots} nearest rows, fitted on {found.Rows} validation rows ({found.Metric} of {values})", important: true);
        }

        return plan;
    }

    private List<SubjectRun> Answer(EvaluationPlan plan, AnswerSource source, JsonObject measured)
    {
        var runs = new List<SubjectRun>();
        foreach ((Subject subject, IReadOnlyList<EvaluationItem> items, bool scored) in plan.Asked)
        {
            IReadOnlyList<AnswerLine> answers = source.Answers(subject, items);
            IReadOnlyList<ScoreLine>? scores = scored ? source.Scores(subject, items) : null;
            runs.Add(WithScores(subject.RunOf(items, answers, scores), plan, items));
            measured.TryAdd(subject.Name, Latency.Of(answers));
        }

        foreach (JudgePlan judge in plan.Judges)
        {
            LetJudge(new JudgeRun(judge, _request.Settings.Decoding, source, BeforeAsking), plan, runs);
        }

        new StoreCollector(_results.Proven).Trim(_request.StoreSize);
        return runs;
    }

    /// <summary>Of those who answered the held-out rows with a model; floors and variants decide nothing.</summary>
    private void LetJudge(JudgeRun judge, EvaluationPlan plan, List<SubjectRun> runs)
    {
        for (int i = 0; i < plan.Subjects.Count; i++)
        {
            runs[i] = runs[i].Kind == SubjectKind.Variant ? runs[i] : judge.WithScores(runs[i], plan.Items);
        }

        if (judge.Validate() is { } agreement)
        {
            _agreements.Add(agreement);
        }
    }

    private void BeforeAsking(Subject judge)
    {
        if (_request.Locked && !_memory.HasRecorded(judge))
        {
            throw EvaluateErrors.StaleLock(LockFile, judge.Name);
        }

        EvaluationCost.Of([(judge, Open(judge))], _request.Inputs.ProjectFile)?.Require(_request.Budget, _request.MaxCost, _request.Inputs.ProjectFile);
    }

    private IReadOnlyList<PromptLine> Open(Subject subject)
    {
        IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> known = _memory.Known(subject);
        return [.. subject.Open((id, repeat) => known.ContainsKey((id, repeat))).Select(q => q.Prompt)];
    }

    private static string ModelOf(StageFiles files) => FingerprintFile.TryRead(files.Fingerprint, out _) is { } training ? RunHistory.ModelOf(training) : "";
}
