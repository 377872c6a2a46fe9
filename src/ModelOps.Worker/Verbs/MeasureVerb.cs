using System.Diagnostics;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Custom;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker.Verbs;

/// <summary>Scores answers by a metric of the project's own assembly.</summary>
internal static class MeasureVerb
{
    private const int RowsBetweenEvents = 200;

    public static ResultEvent Run(MeasureRequest request, EventWriter events, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var lines = LineFile.Read<AnswerToEvaluate>(request.Input);
        IAnswerEvaluator evaluator = MetricAssembly.Open(request.Assembly, request.Type, request.Metric);
        var scores = new List<MeasuredAnswer>(lines.Count);
        foreach (var line in lines)
        {
            scores.Add(Score(evaluator, request, line.Value, cancellation));
            if (scores.Count % RowsBetweenEvents == 0)
                events.Write(new ProgressEvent { Step = scores.Count, Steps = lines.Count, RowsPerSecond = scores.Count / clock.Elapsed.TotalSeconds });
        }

        LineFile.Write(request.Output, scores);
        return new ResultEvent { Rows = lines.Count, Seconds = clock.Elapsed.TotalSeconds };
    }

    private static MeasuredAnswer Score(IAnswerEvaluator evaluator, MeasureRequest request, AnswerToEvaluate answer, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, double> scores;
        try
        {
            scores = evaluator.EvaluateAsync(answer, cancellation).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            // Whatever somebody else's code throws is its failure, told with the row that it happened on.
            throw new DiagnosticException(WorkerErrors.MetricFailed(request.Metric, answer.Id, e), e);
        }

        return scores.TryGetValue(request.Metric, out double score) && score is >= 0 and <= 1
            ? new MeasuredAnswer(answer.Id, score)
            : throw new DiagnosticException(WorkerErrors.MetricWithoutScore(request.Metric, answer.Id, scores.TryGetValue(request.Metric, out double said) ? said : null));
    }
}
