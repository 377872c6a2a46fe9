using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Resolving;

/// <summary>A reference with what is to be made of it now, and the key of that.</summary>
internal sealed class ResolvedReference(ProjectInputs inputs, ModelReference reference, IStageLog log, CancellationToken cancellation)
{
    /// <summary>The fact of Resolve's receipt that names the project whose model is the base model.</summary>
    public const string BaseFact = "base";

    public ModelReference Reference => reference;

    /// <summary>What the other project's model was made of.</summary>
    public FingerprintFile Training { get; } = FingerprintFile.TryRead(reference.Files.Trained.Fingerprint, out _)
        ?? throw new DiagnosticException(ReferenceErrors.NotReady(reference.Name, reference.ProjectFile));

    public MergedModel? Merged { get; private set; }

    public FingerprintFile? Merge { get; private set; }

    public AnsweredRows? Rows { get; private set; }

    public ActionKey Key => Rows?.Key ?? Merge!.Key;

    public string KeyFact => $"{reference.Use.ToLowerInvariant()} {reference.Name}";

    private string ModelFact => $"model {reference.Name}";

    /// <exception cref="DiagnosticException">The other project's gates have not been passed with what is there now; or its model stays at a provider.</exception>
    public static void RequireModel(ProjectInputs inputs, ModelReference reference)
    {
        foreach (string stage in (string[])[Names.Train, Names.Gate])
        {
            if (Receipt.Read(Path.Combine(reference.Receipts, stage)) is not { } receipt || !receipt.Holds())
            {
                throw new DiagnosticException(ReferenceErrors.NotReady(reference.Name, reference.ProjectFile));
            }
        }

        if (TunedModel.TryRead(reference.Files.Adapter) is { } elsewhere)
        {
            throw new DiagnosticException(ReferenceErrors.ModelElsewhere(reference.Name, reference.Use, elsewhere.Trainer, new SourceLocation(inputs.ProjectFile)));
        }
    }

    /// <summary>False when something is wrong with the prompts, which was reported.</summary>
    public bool Read()
    {
        string? worker = WorkerIdentity.Of(inputs, StatCache.Load(reference.Files.StatCache), cancellation);
        if (reference.IsBaseModel)
        {
            Merged = new MergedModel(reference, worker, cancellation);
            Merge = Merged.Action();
            return true;
        }

        if (PromptRows.Read(reference.Prompts, log) is not { } prompts)
        {
            return false;
        }

        if (prompts.Count == 0)
        {
            log.Report(ReferenceErrors.NoPrompts(reference.Name, $"'{string.Join("', '", reference.Prompts)}' has none", new SourceLocation(inputs.ProjectFile)));
            return false;
        }

        Rows = new AnsweredRows(reference, Training.Key, Training.Fields.Value("worker") == $"\"{worker}\"" ? null : worker, prompts);
        return true;
    }

    /// <summary>Why what was made last will not do.</summary>
    public string Reason(Func<string, string?> known)
        => known(KeyFact) is null ? "no earlier result here"
            : known(ModelFact) != Training.Key.ToString() ? $"the model of project {reference.Name} changed"
            : reference.IsTrainingData ? "prompts or decoding changed" : "the files of the model changed";

    public void AddTo(Dictionary<string, string> facts)
    {
        facts[KeyFact] = Key.ToString();
        facts[ModelFact] = Training.Key.ToString();
        if (reference.IsBaseModel)
        {
            facts[BaseFact] = reference.Name;
        }
    }

    /// <summary>The project whose model was the base model when this folder was built last; null when it was none's.</summary>
    public static string? BaseProject(StageFiles files) => Receipt.Read(Path.Combine(files.Directory, "receipts", Names.Resolve))?[BaseFact];
}
