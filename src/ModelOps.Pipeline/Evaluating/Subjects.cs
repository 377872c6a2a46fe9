using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Who is evaluated: the candidate, then every prompt on the base model.</summary>
internal static class Subjects
{
    public const string Candidate = "candidate";

    public static IReadOnlyList<Subject> Of(
        ProjectInputs inputs, StageFiles files, TypedSettings settings, FingerprintFile training, IReadOnlyList<EvaluationItem> items, CancellationToken cancellation)
    {
        string baseModel = inputs.BaseModelDirectory;
        DecodingOptions decoding = settings.Decoding;
        bool full = settings.Training.Method == "full";
        var candidate = new Subject(
            Candidate,
            SubjectKind.Candidate,
            full ? files.Adapter : baseModel,
            full ? null : files.Adapter,
            new KeyFields().Add("trainingKey", training.Key),
            decoding,
            [.. items.Select(item => item.Messages)]);
        if (inputs.PromptBaselines.Count == 0)
        {
            return [candidate];
        }

        StatCache digests = StatCache.Load(files.StatCache);
        KeyFields identity = new KeyFields().Add("baseModel", BaseModelIdentity.Compute(baseModel, path => digests.DigestOf(path, cancellation)).Digest);
        return [candidate, .. inputs.PromptBaselines.Select(item => Baseline(PromptyFile.Load(item.FullPath)))];

        Subject Baseline(PromptyFile prompt)
        {
            // A name that only some rows have would fail at the first row without it, long after the build began.
            prompt.CheckPlaceholders(items.Select(item => (IEnumerable<string>)(item.Fields?.Keys ?? [])).Aggregate((a, b) => a.Intersect(b, StringComparer.Ordinal)));
            return new Subject(prompt.Name, SubjectKind.Baseline, baseModel, null, identity, prompt.Decoding(decoding), [.. items.Select(prompt.Render)]);
        }
    }
}
