using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Packaging;
using ModelOps.Core.Preparing;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Evaluating;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Packaging;
using ModelOps.Pipeline.Planning;
using ModelOps.Pipeline.Resolving;
using ModelOps.Pipeline.Sharing;
using ModelOps.Pipeline.Training;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline;

/// <param name="Details">What the package would say; null when nothing is to be packed.</param>
public sealed record PlanRequest(ProjectInputs Inputs, StageFiles Files, string Receipts, string StoreRoot, PackageDetails? Details)
{
    /// <summary>The feed behind the store; null: results are not shared.</summary>
    public SharedCache? Cache { get; init; }
}

/// <summary>Says what a build would do, stage by stage, and does nothing: no worker starts, no file is written, nothing is copied from a feed. It computes the keys that the stages compute.</summary>
public static class Plan
{
    public static PlanResult Run(PlanRequest request, IStageLog log, CancellationToken cancellation) => new Planner(request, log, cancellation).Run();
}

/// <summary>One plan on its way from left to right.</summary>
internal sealed class Planner(PlanRequest request, IStageLog log, CancellationToken cancellation)
{
    private readonly StageFiles _files = request.Files;
    private ProjectInputs _inputs = request.Inputs;
    private DirectoryInfo? _scratch;
    private readonly StoreGlance _store = new(request.StoreRoot);
    private readonly StoreGlance _unsigned = new(ModelStore.UnsignedIn(request.StoreRoot));
    private readonly RunHistory _history = new(request.StoreRoot);
    private readonly AnswerLock? _recorded = AnswerLock.Read(request.Inputs.EvalLockFile);
    private readonly List<StagePlan> _stages = [];

    public PlanResult Run()
    {
        try
        {
            return Stages();
        }
        finally
        {
            FolderSwap.Delete(_scratch?.FullName ?? "");
        }
    }

    private PlanResult Stages()
    {
        if (!Resolved())
        {
            _stages.AddRange(Names.ReceiptStages.Select(stage => new StagePlan(stage, StageState.Unknown, "", "Resolve comes first", Stale: true)));
        }
        else if (!Prepared())
        {
            _stages.AddRange(Names.ReceiptStages.Select(stage => new StagePlan(stage, StageState.Unknown, "", "Prepare reports errors", Stale: true)));
        }
        else if (Validated() is { } dataset)
        {
            TypedSettings settings = TypedSettings.Require(_inputs);
            StatCache digests = StatCache.Load(_files.StatCache);
            BaseModelIdentity model = BaseModels.Of(_inputs, digests, cancellation);
            FingerprintFile training = TrainingKey.Of(settings, model, dataset, WorkerIdentity.OfTrainer(_inputs, digests, cancellation));
            PlanFingerprint(training);
            PlanTrain(training, settings, dataset);
            IReadOnlyList<GateDefinition> gates = GateItems.Read(_inputs, ProjectXml.Load(_inputs), settings.GatesEnabled, new StageReport(log))!;
            EvaluationPlan evaluation = EvaluationPlan.Of(
                new EvaluationSubject(_inputs, _files, settings, gates), training.Key, dataset, Recorded, log, cancellation).Fitted(Given).With(Recorded);
            PlanEvaluate(evaluation, dataset, RunHistory.ModelOf(training));
            FingerprintFile gate = GateJudge.FingerprintOf(evaluation.Key, gates);
            PlanStage(Names.Gate, "re-gates", gate, _files.Judged, null, "verdict.json is missing or was changed, or did not pass");
            ActionKey? sealedGate = _inputs.SealedData.Count == 0 || gates.Count == 0 ? null : GateJudge.KeyOf(EvaluationPlan.Of(
                new EvaluationSubject(_inputs with { EvalData = _inputs.SealedData }, _files.Sealed, settings, gates), training.Key, dataset, Recorded, log, cancellation).Fitted(Given).With(subject => subject.RecordedDigest(_store.Answers(subject.AnswersKey))).Key, gates);
            PlanPackage(training, gate, sealedGate, dataset, settings, model);
        }
        else
        {
            _stages.AddRange(new[] { Names.Fingerprint, Names.Train, Names.Evaluate, Names.Gate }
                .Select(stage => new StagePlan(stage, StageState.Unknown, "", "Validate reports errors", Stale: true)));
        }

        return new PlanResult(_inputs.ProjectName, _stages);
    }

    /// <summary>
    /// What is needed of other projects' models is there, or the store has it: then it is looked at in a temporary folder, so that a fresh clone knows its keys.
    /// Otherwise nothing to the right can be known.
    /// </summary>
    private bool Resolved()
    {
        Receipt? earlier = Held(Names.Resolve);
        foreach (ModelReference reference in _inputs.References)
        {
            var plan = new ReferencePlan(_inputs, reference, fact => earlier?[fact], request.StoreRoot, log, cancellation);
            StagePlan stage = plan.Of();
            if (stage.State != StageState.UpToDate)
            {
                _stages.Add(stage);
            }

            if (stage.State == StageState.Restore)
            {
                _scratch ??= Directory.CreateTempSubdirectory("modelops-plan-");
                _inputs = plan.Restore(_scratch.FullName);
            }
            else if (stage.State != StageState.UpToDate)
            {
                return false;
            }
        }

        _stages.AddRange(_inputs.References.Count > 0 && _stages.Count == 0 ? [new StagePlan(Names.Resolve, StageState.UpToDate, "", "")] : Array.Empty<StagePlan>());
        return true;
    }

    /// <summary>Rows are made of sources that changed in a temporary folder, so that everything to the right is known; false when something is wrong with them.</summary>
    private bool Prepared()
    {
        if (!_inputs.HasSources)
        {
            return true;
        }

        _scratch ??= Directory.CreateTempSubdirectory("modelops-plan-");
        string? known = Held(Names.Prepare)?["key"];
        var prepared = new PreparedFiles(Path.Combine(_scratch.FullName, "prepared"));
        if (Prepare.Run(new PrepareRequest(_inputs, _files, known, prepared) { AskOnly = true }, log, cancellation) is not { } result)
        {
            _stages.Add(new StagePlan(Names.Prepare, StageState.Unknown, "fails", "it reports errors", Stale: true));
            return false;
        }

        bool current = result.Key == known;
        _stages.Add(current ? new StagePlan(Names.Prepare, StageState.UpToDate, "", "")
            : new StagePlan(Names.Prepare, StageState.Compute, "prepares", known is null ? "no earlier result here" : "sources or settings changed"));
        _inputs = current ? _inputs : _inputs.WithPrepared(prepared);
        return true;
    }

    /// <summary>The datasets as they are now; null when something is wrong with them or with the project.</summary>
    private DatasetManifest? Validated()
    {
        Receipt? receipt = Held(Names.Validate);
        ValidateResult? result = Validate.Run(new ValidateRequest(_inputs, _files, receipt?["data"], AskOnly: true), log, cancellation);
        if (result is null)
        {
            _stages.Add(new StagePlan(Names.Validate, StageState.Unknown, "fails", "it reports errors", Stale: true));
            return null;
        }

        _stages.Add(result.Dataset is null ? new StagePlan(Names.Validate, StageState.UpToDate, "", "")
            : new StagePlan(Names.Validate, StageState.Compute, "reads", receipt is null ? "no earlier result here" : "data files changed"));
        return result.Dataset ?? DatasetManifest.TryRead(_files.Dataset);
    }

    private void PlanFingerprint(FingerprintFile training) => _stages.Add(Held(Names.Fingerprint)?["key"] == training.Key.ToString()
        ? new StagePlan(Names.Fingerprint, StageState.UpToDate, "", "") : new StagePlan(Names.Fingerprint, StageState.Compute, "computes", $"key {training.Key.Short}"));

    private void PlanTrain(FingerprintFile training, TypedSettings settings, DatasetManifest dataset)
    {
        if (!settings.Force && Held(Names.Train)?["key"] == training.Key.ToString())
        {
            _stages.Add(new StagePlan(Names.Train, StageState.UpToDate, "", ""));
            return;
        }

        string reason = settings.Force ? $"{Names.ModelOpsForce} is set" : TrainReason.Of(_files, training, dataset);
        if (!settings.Force && HolderOf(training.Key) is { } holder)
        {
            _stages.Add(new StagePlan(Names.Train, StageState.Restore, "restores", reason, IsOther(_files.Trained, training)) { From = holder });
            return;
        }

        TrainingWork work = TrainingWork.Of(settings.Training, dataset);
        Estimate? time = settings.Remote is null ? _history.Of("train", RunHistory.ModelOf(training), settings.Training.Method, work.Bytes) : null;
        _stages.Add(new StagePlan(Names.Train, StageState.Work, "retrains", reason, Stale: true, time) { Price = PriceOf(settings, work) });
    }

    /// <summary>From above; the build counts the rows themselves before anything is sent.</summary>
    private static Price PriceOf(TypedSettings settings, TrainingWork work)
        => settings.Remote is not { } remote ? Price.Local
            : remote.Prices().Of(remote.Trainer.Name, remote.Model) is { } price ? new Price(remote.Trainer.Name, price.TrainingOf(work.Bytes / Backends.Trainers.TrainingRows.BytesPerToken), price.Currency)
            : throw Backends.Trainers.TrainerErrors.NoPrice(remote.Trainer.Name, remote.Model, remote.PriceFile);

    private void PlanEvaluate(EvaluationPlan plan, DatasetManifest dataset, string model)
    {
        PlanStage(Names.Evaluate, "re-evaluates", plan.Fingerprint, _files.Evaluated, dataset, "eval.json is missing or was changed");
        if (_stages[^1].State == StageState.UpToDate)
        {
            return;
        }

        if (HolderOf(plan.Key) is { } holder)
        {
            _stages[^1] = _stages[^1] with { State = StageState.Restore, Verb = "restores", From = holder };
            return;
        }

        double seconds = 0;
        int open = 0, runs = int.MaxValue;
        var charged = new List<(Subject, IReadOnlyList<PromptLine>)>();
        foreach ((Subject subject, IReadOnlyList<EvaluationItem> items, bool scored) in plan.Fitting.Select(f => (f.Subject, f.Items, false)).Concat(plan.Asked))
        {
            IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> known = Known(subject);
            PromptLine[] asked = [.. subject.Open((id, repeat) => known.ContainsKey((id, repeat))).Select(q => q.Prompt)];
            charged.Add((subject, asked));
            Count("generate", subject.Respondent is LocalModel ? asked : []);
            open += subject.Respondent is LocalModel ? 0 : asked.Length; // how long somebody else takes is not known from here
            (PromptLine[] rows, FingerprintFile action) = AnswerSource.ScoreAction(subject, items);
            bool kept = _recorded?.Scores(action.Key) is not null || _store.Has(action.Key);
            Count("score", scored && !kept ? [.. rows.DistinctBy(r => r.Id)] : []);
        }

        if (open > 0)
        {
            Price price = EvaluationCost.Of(charged, _inputs.ProjectFile) is { } cost ? new Price(string.Join(", ", cost.Endpoints), cost.Amount, cost.Currency) : Price.Local;
            _stages[^1] = _stages[^1] with { State = StageState.Work, Stale = true, Time = runs is 0 or int.MaxValue ? null : new Estimate(seconds, runs), Price = price };
        }

        void Count(string work, IReadOnlyList<PromptLine> lines)
        {
            if (lines.Count > 0)
            {
                open += lines.Count;
                Estimate? time = _history.Of(work, model, "", AnswerSource.TextOf(lines));
                (seconds, runs) = (seconds + (time?.Seconds ?? 0), Math.Min(runs, time?.Runs ?? 0));
            }
        }
    }

    private string? Recorded(Subject subject) => subject.RecordedDigest(Known(subject));

    private IReadOnlyList<AnswerLine>? Given(Subject subject, IReadOnlyList<EvaluationItem> items) => subject.Given(Known(subject), [.. items.Select(item => item.Id)]);

    private IReadOnlyDictionary<(string Id, int Repeat), AnswerLine> Known(Subject subject) => AnswerMemory.Join(_recorded, subject, _store.Answers);

    private void PlanPackage(FingerprintFile training, FingerprintFile gate, ActionKey? sealedGate, DatasetManifest dataset, TypedSettings settings, BaseModelIdentity model)
    {
        // A project that has never been packed is not planned to be: packing is another command.
        if (request.Details is not { } details || _files.Packed.Read() is null)
        {
            return;
        }

        FingerprintFile package = PackageKey.Of(gate.Key, sealedGate, dataset, PackageSays.Of(_inputs, settings, details, training, model, log));
        PlanStage(PackageKey.Stage, "repacks", package, _files.Packed, null, "the package's files are missing or were changed");

        // `dotnet build` packs nothing, so a package of the past makes no build stale.
        _stages[^1] = _stages[^1] with { Stale = false };
    }

    private void PlanStage(string stage, string verb, FingerprintFile current, StageRecord record, DatasetManifest? dataset, string sameKey)
        => _stages.Add(Held(stage)?["key"] == current.Key.ToString()
            ? new StagePlan(stage, StageState.UpToDate, "", "")
            : new StagePlan(stage, StageState.Compute, verb, record.Reason(current, dataset, sameKey), IsOther(record, current)));

    /// <summary>Who would serve a result instead of work: <c>store</c>, or the name of the feed; null when nobody seems to have it.</summary>
    private string? HolderOf(ActionKey key) => _store.Has(key) || _unsigned.Has(key) ? StagePlan.Store : request.Cache is { } cache && cache.Has(key, cancellation) ? cache.Feed : null;

    /// <summary>There is a result, and it is that of another key.</summary>
    private static bool IsOther(StageRecord record, FingerprintFile current) => record.Read() is { } earlier && earlier.Key != current.Key;

    private Receipt? Held(string stage) => Receipt.Read(Path.Combine(request.Receipts, stage)) is { } receipt && receipt.Holds() ? receipt : null;
}
