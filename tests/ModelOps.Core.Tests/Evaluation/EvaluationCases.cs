using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Evaluation;

/// <summary>Small evaluations to test with.</summary>
internal static class EvaluationCases
{
    public static EvaluationItem Item(string id, string reference, string input = "question")
        => new(id, [new PromptMessage("user", input)], reference);

    public static IReadOnlyList<EvaluationItem> Items(params string[] references) => [.. references.Select((r, i) => Item($"row{i}", r))];

    public static IReadOnlyList<EvaluationItem> SameItems(int count) => [.. Enumerable.Range(0, count).Select(i => Item($"row{i}", "yes"))];

    public static SubjectRun Run(string name, SubjectKind kind, params string[] answers) => new(name, kind, [.. answers.Select(a => new SubjectAnswer(a))]);

    public static SubjectRun Candidate(params string[] answers) => Run("candidate", SubjectKind.Candidate, answers);

    /// <summary>A subject that is right where the flag says so, for items whose reference is "yes".</summary>
    public static SubjectRun RightWhere(string name, SubjectKind kind, IEnumerable<bool> right) => Run(name, kind, [.. right.Select(r => r ? "yes" : "no")]);

    /// <summary>A subject with one scored token per row and these losses.</summary>
    public static SubjectRun Scored(string name, SubjectKind kind, IEnumerable<double> losses)
        => new(name, kind, [.. losses.Select(l => new SubjectAnswer("yes", Score: new ReferenceScore(1, l)))]);

    public static EvaluationReport Report(IReadOnlyList<EvaluationItem> items, params SubjectRun[] subjects) => Report(items, [MetricSpec.Primary], subjects);

    public static EvaluationReport Report(IReadOnlyList<EvaluationItem> items, IReadOnlyList<MetricSpec> metrics, params SubjectRun[] subjects)
        => Evaluator.Evaluate(new EvaluationInput { Fields = new KeyFields().Add("Rows", items.Count), Items = items, Subjects = subjects, Metrics = metrics });

    /// <summary>Right flags of a candidate and a baseline that differ on so many rows.</summary>
    public static (bool[] Candidate, bool[] Baseline) Paired(int onlyCandidate, int onlyBaseline, int both, int neither) =>
    (
        [.. Repeat(true, onlyCandidate), .. Repeat(false, onlyBaseline), .. Repeat(true, both), .. Repeat(false, neither)],
        [.. Repeat(false, onlyCandidate), .. Repeat(true, onlyBaseline), .. Repeat(true, both), .. Repeat(false, neither)]
    );

    private static IEnumerable<bool> Repeat(bool value, int count) => Enumerable.Repeat(value, count);
}
