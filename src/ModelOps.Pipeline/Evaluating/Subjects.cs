using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Who is evaluated: the candidate, then every prompt on the base model.</summary>
internal static class Subjects
{
    public const string Candidate = "candidate";

    public static IReadOnlyList<Subject> Of(EvaluationSubject subject, ActionKey training, IReadOnlyList<EvaluationItem> items, CancellationToken cancellation)
    {
        string baseModel = subject.Inputs.BaseModelDirectory;
        DecodingOptions decoding = subject.Settings.Decoding;
        bool full = subject.Settings.Training.Method == "full";
        var candidate = new Subject(
            Candidate,
            SubjectKind.Candidate,
            full ? subject.Files.Adapter : baseModel,
            full ? null : subject.Files.Adapter,
            new KeyFields().Add("trainingKey", training),
            decoding,
            null,
            [.. items.Select(item => item.Messages)]);
        if (subject.Inputs.PromptBaselines.Count == 0)
        {
            return [candidate];
        }

        StatCache digests = StatCache.Load(subject.Files.StatCache);
        KeyFields identity = new KeyFields()
            .Add("baseModel", BaseModelIdentity.Compute(baseModel, path => digests.DigestOf(path, cancellation)).Digest)
            .Add("worker", WorkerIdentity.Of(subject.Inputs, digests, cancellation)?.ToString());

        // By name, so that the order in which a project lists its prompts is no part of the report.
        PromptyFile[] prompts = [.. subject.Inputs.PromptBaselines.Select(item => PromptyFile.Load(item.FullPath)).OrderBy(p => p.Name, StringComparer.Ordinal)];
        return prompts.GroupBy(p => p.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw EvaluationErrors.DuplicateSubject(twice.Key)
            : [candidate, .. prompts.Select(Baseline)];

        Subject Baseline(PromptyFile prompt)
        {
            // A name that only some rows have would fail at the first row without it, long after the build began.
            prompt.CheckPlaceholders(items.Select(item => (IEnumerable<string>)(item.Fields?.Keys ?? [])).Aggregate((a, b) => a.Intersect(b, StringComparer.Ordinal)));
            return new Subject(
                prompt.Name, SubjectKind.Baseline, baseModel, null, identity, prompt.Decoding(decoding), prompt.ToFields(), [.. items.Select(prompt.Render)]);
        }
    }
}
