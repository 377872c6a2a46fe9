using ModelOps.Core.Protocol;

namespace ModelOps.Core.Evaluation.Custom;

/// <summary>
/// A metric of one's own as a .NET class with a public constructor without parameters: <c>&lt;EvalGate Include="Assembly" Assembly="…dll" Name="…" Minimum="…" /&gt;</c>. Shaped
/// like <c>IEvaluator</c> of Microsoft.Extensions.AI.Evaluation, so that one is turned into the other in ten lines (<c>docs/custom-metrics.md</c>). Runs in the worker's
/// process; the same answer must give the same score, because scores are kept by content.
/// </summary>
public interface IAnswerEvaluator
{
    /// <summary>The names of the metrics that it computes; gates name one of them.</summary>
    IReadOnlyCollection<string> EvaluationMetricNames { get; }

    /// <summary>Scores one answer.</summary>
    /// <returns>For every metric's name a score from 0 to 1; higher is better.</returns>
    ValueTask<IReadOnlyDictionary<string, double>> EvaluateAsync(AnswerToEvaluate answer, CancellationToken cancellationToken = default);
}

/// <summary>One answer with its question.</summary>
/// <param name="Id">The row's digest.</param>
/// <param name="Messages">The conversation up to the answer.</param>
/// <param name="Reference">The right answer.</param>
/// <param name="Answer">What the subject said.</param>
/// <param name="Slice">The slice the row belongs to; null where it names none.</param>
public sealed record AnswerToEvaluate(string Id, IReadOnlyList<PromptMessage> Messages, string Reference, string Answer, string? Slice = null);

/// <summary>The score of one answer under one metric.</summary>
public sealed record MeasuredAnswer(string Id, double Score);
