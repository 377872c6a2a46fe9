using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Who is evaluated: the candidate, the last release, then every prompt on the base model and whoever else is asked.</summary>
internal sealed class Subjects
{
    public const string Candidate = "candidate";

    /// <summary>The tuned model on the rows' own messages, where the candidate is asked in another way.</summary>
    public const string Tuned = "tuned";

    private readonly EvaluationSubject _subject;
    private readonly IReadOnlyList<EvaluationItem> _items;
    private readonly PromptMaterial _material;
    private readonly StatCache _digests;
    private readonly CancellationToken _cancellation;
    private Respondent? _base;

    private Subjects(EvaluationSubject subject, DatasetManifest dataset, IReadOnlyList<EvaluationItem> items, IStageLog log, CancellationToken cancellation)
    {
        (_subject, _items, _cancellation) = (subject, items, cancellation);
        _digests = StatCache.Load(subject.Files.StatCache);
        _material = new PromptMaterial(subject, dataset, items, log, cancellation);
    }

    private ProjectInputs Inputs => _subject.Inputs;

    private DecodingOptions Shared => _subject.Settings.Decoding;

    public static IReadOnlyList<Subject> Of(
        EvaluationSubject subject, ActionKey training, DatasetManifest dataset, IReadOnlyList<EvaluationItem> items, IStageLog log, CancellationToken cancellation)
    {
        var made = new Subjects(subject, dataset, items, log, cancellation);
        Subject[] all = [.. made.Candidates(training), .. made.Release(), .. made.Baselines()];
        return all.GroupBy(s => s.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice ? throw EvaluationErrors.DuplicateSubject(twice.Key) : all;
    }

    private IEnumerable<Subject> Candidates(ActionKey training)
    {
        Respondent tuned = ModelElsewhere.Of(Inputs)?.Tuned(_subject.Files.Adapter, training) ?? (Respondent)TunedHere(training);
        ProjectItem[] prompts = [.. Inputs.OfType(Names.CandidatePrompt)];
        if (prompts.Length == 0)
        {
            return [Asked(Candidate, SubjectKind.Candidate, tuned, SubjectTechnique.FineTune)];
        }

        if (prompts.Length > 1)
        {
            throw EvaluateErrors.TwoCandidatePrompts(new ItemReader(Inputs, prompts[1]).At());
        }

        PreparedPrompt prompt = _material.Prepare(PromptItem.Parse(Inputs, prompts[0])) with { Name = Candidate };
        SubjectTechnique technique = prompt.Passages > 0 ? SubjectTechnique.Hybrid : SubjectTechnique.FineTune;
        return [Asked(prompt, SubjectKind.Candidate, tuned, technique), Asked(Tuned, SubjectKind.Variant, tuned, SubjectTechnique.FineTune)];
    }

    private LocalModel TunedHere(ActionKey training)
    {
        bool full = _subject.Settings.Training.Method == "full";
        string adapter = _subject.Files.Adapter;
        return new LocalModel(full ? adapter : Inputs.BaseModelDirectory, full ? null : adapter, new KeyFields().Add("trainingKey", training));
    }

    private IEnumerable<Subject> Release() => ReleasedModel.Of(Inputs, _digests, _cancellation) is { } release
        ? [Asked(release.Name, SubjectKind.Released, release.Model, SubjectTechnique.FineTune)] : [];

    /// <summary>By name, so that the order in which a project lists them is no part of the report.</summary>
    private IEnumerable<Subject> Baselines()
    {
        Dictionary<string, Respondent> others = Others();
        PromptItem[] prompts = [.. Inputs.PromptBaselines.Select(item => PromptItem.Parse(Inputs, item))];
        IEnumerable<Subject> prompted = prompts.Select(item =>
        {
            PreparedPrompt prompt = _material.Prepare(item);
            return Asked(prompt, SubjectKind.Baseline, WhoAnswers(item, others), prompt.Technique);
        });

        // Whoever is asked by no prompt, and judges nobody, gets the rows' own messages.
        HashSet<string?> judges = [.. Inputs.OfType(Names.ModelJudge).Select(item => item[Names.Endpoint]?.Trim())];
        IEnumerable<Subject> unprompted = others.Where(o => !judges.Contains(o.Key) && !prompts.Any(p => p.Endpoint == o.Key)).Select(o => Asked(o.Key, SubjectKind.Baseline, o.Value, SubjectTechnique.Prompt));
        return prompted.Concat(unprompted).OrderBy(s => s.Name, StringComparer.Ordinal);
    }

    /// <summary>The judges of a project.</summary>
    public static IReadOnlyList<JudgePlan> JudgesOf(EvaluationSubject subject, DatasetManifest dataset, IStageLog log, CancellationToken cancellation)
    {
        var made = new Subjects(subject, dataset, [], log, cancellation);
        Dictionary<string, Respondent> others = made.Others();
        return JudgePlan.Of(subject.Inputs, (endpoint, source) => made.WhoAnswers(endpoint, source, others), log);
    }

    private Respondent WhoAnswers(PromptItem item, Dictionary<string, Respondent> others) => WhoAnswers(item.Endpoint, item.Source, others);

    private Respondent WhoAnswers(string? endpoint, ItemReader source, Dictionary<string, Respondent> others)
        => endpoint is not { } name ? _base ??= BaseOf(Inputs, _digests, _cancellation)
            : others.TryGetValue(name, out Respondent? other) ? other
            : throw EvaluateErrors.UnknownEndpoint(name, others.Keys, source.At(Names.Endpoint));

    private Dictionary<string, Respondent> Others()
    {
        var others = new Dictionary<string, Respondent>(StringComparer.Ordinal);
        foreach (ProjectItem item in Inputs.SubjectItems.Where(i => i.Type is Names.ModelEndpoint or Names.ModelCommand))
        {
            Respondent other = item.Type == Names.ModelEndpoint ? new EndpointModel(BackendItems.Endpoint(Inputs, item)) : Command(item);
            if (!others.TryAdd(item.Include, other))
            {
                throw EvaluationErrors.DuplicateSubject(item.Include);
            }
        }

        return others;
    }

    private ShellModel Command(ProjectItem item)
    {
        CommandItem command = BackendItems.Command(Inputs, item);
        string? missing = command.Inputs.FirstOrDefault(file => !File.Exists(file));
        return missing is null ? new ShellModel(command.Options, [.. command.Inputs.Select(file => _digests.DigestOf(file, _cancellation).ToString())])
            : throw new ItemReader(Inputs, item).Invalid(Names.Inputs, $"files that exist, separated by semicolons ('{missing}' does not)");
    }

    /// <summary>The base model as it is.</summary>
    public static Respondent BaseOf(ProjectInputs inputs, StatCache digests, CancellationToken cancellation) => ModelElsewhere.Of(inputs)?.Base() ?? (Respondent)new LocalModel(inputs.BaseModelDirectory, null, new KeyFields()
        .Add("baseModel", BaseModels.Of(inputs, digests, cancellation).Digest)
        .Add("worker", WorkerIdentity.Of(inputs, digests, cancellation)));

    private Subject Asked(PreparedPrompt prompt, SubjectKind kind, Respondent respondent, SubjectTechnique technique)
    {
        return prompt.Examples is { Choice: { } choice } pool ? Of(prompt, _items) with { Fit = new ShotFit(choice, _material.Validation, _items, Showing) } : Of(prompt, _items);

        Subject Of(PreparedPrompt prepared, IReadOnlyList<EvaluationItem> items)
            => new(prompt.Name, kind, technique, respondent, prompt.Decoding(Shared), prepared, [.. items.Select(prepared.Render)]);

        Subject Showing(int count, IReadOnlyList<EvaluationItem> items) => Of(prompt with { Examples = pool.With(count) }, items);
    }

    private Subject Asked(string name, SubjectKind kind, Respondent respondent, SubjectTechnique technique)
        => new(name, kind, technique, respondent, Shared, null, [.. _items.Select(item => item.Messages)]);
}
