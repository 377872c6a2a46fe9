using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Custom;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Metrics of the project's own assemblies, scored in the worker's process.</summary>
/// <param name="model">A folder that every worker request names; this one opens nothing in it.</param>
internal sealed class AssemblyMetric(WorkerHost worker, string model, string projectDirectory, IStageLog log, CancellationToken cancellation)
{
    /// <summary>The run with its scores under every metric that is an assembly's.</summary>
    public SubjectRun WithScores(SubjectRun run, IReadOnlyList<MetricSpec> metrics, IReadOnlyList<EvaluationItem> items)
    {
        MetricSpec[] own = [.. metrics.Where(m => m.Name == MetricRegistry.Assembly)];
        if (own.Length == 0)
        {
            return run;
        }

        var scores = new Dictionary<string, IReadOnlyList<double>>(run.GivenScores, StringComparer.Ordinal);
        foreach (MetricSpec spec in own)
        {
            scores[spec.ToString()] = Score(spec, run, items);
        }

        return run with { GivenScores = scores };
    }

    private double[] Score(MetricSpec spec, SubjectRun run, IReadOnlyList<EvaluationItem> items)
    {
        string folder = Path.Combine(worker.WorkDirectory, $"measure-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            string input = Path.Combine(folder, "answers.jsonl"), output = Path.Combine(folder, "scores.jsonl");
            JsonLines.Write(input, items.Zip(run.Answers, (item, answer) => new AnswerToEvaluate(item.Id, item.Messages, item.Reference, answer.Text, item.Slice)));
            (string path, string? type) = AssemblyArgument.Parts(spec);
            var request = new MeasureRequest
            {
                Model = model, Assembly = Path.GetFullPath(path, projectDirectory), Type = type, Metric = spec.Field!, Input = input, Output = output,
            };
            WorkerProcess.Run(worker, request, $"Measure {run.Name} by {spec.Field}", log, cancellation);
            Dictionary<string, double> scores = JsonLines.Read<MeasuredAnswer>(output, "measure").ToDictionary(a => a.Id, a => a.Score, StringComparer.Ordinal);
            return [.. items.Select((item, row) => scores.TryGetValue(item.Id, out double score) ? score : throw EvaluationErrors.MissingAnswer(run.Name, row, item.Id, null))];
        }
        finally
        {
            FolderSwap.Delete(folder);
        }
    }
}
