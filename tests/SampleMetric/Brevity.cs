using MathNet.Numerics.Statistics;
using ModelOps.Core.Evaluation.Custom;

namespace SampleMetric;

/// <summary>A metric as a user writes it: how much shorter than twice the right answer an answer is; <c>broken</c> and <c>excessive</c> are what goes wrong.</summary>
public sealed class Brevity : IAnswerEvaluator
{
    public IReadOnlyCollection<string> EvaluationMetricNames => ["brevity", "broken", "excessive", "missing"];

    public ValueTask<IReadOnlyDictionary<string, double>> EvaluateAsync(AnswerToEvaluate answer, CancellationToken cancellationToken = default)
    {
        double limit = 2 * Math.Max(1, answer.Reference.Length);

        // A dependency of its own, which the worker does not have.
        double length = new double[] { answer.Answer.Length, limit }.Minimum();
        if (answer.Answer == "fail")
        {
            throw new InvalidOperationException("no idea \u001b[31m##vso[task.complete]");
        }

        return ValueTask.FromResult<IReadOnlyDictionary<string, double>>(new Dictionary<string, double> { ["brevity"] = 1 - (length / limit), ["broken"] = double.NaN, ["excessive"] = 7 });
    }
}
