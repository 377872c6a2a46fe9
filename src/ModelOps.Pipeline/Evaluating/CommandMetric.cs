using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ModelOps.Backends.Commands;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>
/// A metric by a command of the project's own: it reads one line per answer (<c>id</c>, <c>input</c>, <c>reference</c>, <c>answer</c>, <c>slice</c>) from standard input and
/// writes one line per answer (<c>id</c>, <c>score</c> from 0 to 1) to standard output, in any order; <c>docs/formats/eval.md</c>.
/// </summary>
/// <param name="folder">Where it runs: the project's.</param>
internal sealed class CommandMetric(MetricSpec spec, string folder, TimeSpan silence, CancellationToken cancellation)
{
    private const int LastWords = 400;

    /// <summary>How long a command may be silent.</summary>
    public static TimeSpan Silence => TimeSpan.FromMinutes(10);

    /// <summary>The runs with their scores under every metric that is a command.</summary>
    public static SubjectRun WithScores(SubjectRun run, IReadOnlyList<MetricSpec> metrics, IReadOnlyList<EvaluationItem> items, string folder, CancellationToken cancellation)
    {
        var scores = new Dictionary<string, IReadOnlyList<double>>(run.GivenScores, StringComparer.Ordinal);
        foreach (MetricSpec spec in metrics.Where(m => m.Name == MetricRegistry.Command))
        {
            scores[spec.ToString()] = new CommandMetric(spec, folder, Silence, cancellation).Score(items, run);
        }

        return run with { GivenScores = scores };
    }

    /// <summary>One score per row, in the order of the rows.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5157</c>: it failed or fell silent; <c>MOPS5158</c>: it wrote something else than scores; <c>MOPS5155</c>: a score is out of range.</exception>
    public double[] Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        using Process process = Start();
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) => Append(errors, line.Data);
        process.BeginErrorReadLine();
        try
        {
            Task writing = WriteAsync(process.StandardInput, items, run);
            double[] scores = Read(process, items, run, errors);
            writing.GetAwaiter().GetResult();
            process.WaitForExit();
            return process.ExitCode == 0 ? scores
                : throw MetricErrors.CommandFailed(spec, $"ended with exit code {process.ExitCode.ToString(CultureInfo.InvariantCulture)}", Text(errors));
        }
        finally
        {
            ShellProcess.Kill(process);
        }
    }

    private double[] Read(Process process, IReadOnlyList<EvaluationItem> items, SubjectRun run, StringBuilder errors)
    {
        Dictionary<string, int> rows = items.Index().ToDictionary(i => i.Item.Id, i => i.Index, StringComparer.Ordinal);
        var scores = new double[items.Count];
        while (ReadLine(process, errors) is { } line)
        {
            if (line.Trim().Length == 0)
            {
                continue;
            }

            ScoredLine scored = Parse(line);
            if (!rows.Remove(scored.Id!, out int row))
            {
                throw MetricErrors.CommandOutput(spec, line, "nobody asked for this row, or it was there already");
            }

            scores[row] = scored.Score is >= 0 and <= 1 and { } score ? score : throw MetricErrors.ScoreOutOfRange(spec, run.Name, scored.Id!, scored.Score ?? double.NaN);
        }

        return rows.Count == 0 ? scores : throw MetricErrors.CommandFailed(spec, $"left {rows.Count} of {items.Count} answers unscored", Text(errors));
    }

    private string? ReadLine(Process process, StringBuilder errors)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(silence);
        try
        {
            return process.StandardOutput.ReadLineAsync(limit.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw MetricErrors.CommandFailed(spec, $"said nothing for {silence.TotalSeconds:0.###} s", Text(errors));
        }
    }

    private Process Start()
    {
        try
        {
            return ShellProcess.Start(CommandArgument.LineOf(spec), folder);
        }
        catch (Win32Exception e)
        {
            throw MetricErrors.CommandFailed(spec, "cannot be started", e.Message);
        }
    }

    private static async Task WriteAsync(StreamWriter input, IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        try
        {
            for (int i = 0; i < items.Count; i++)
            {
                var line = new { items[i].Id, items[i].Input, items[i].Reference, Answer = run.Answers[i].Text, items[i].Slice };
                await input.WriteAsync(JsonSerializer.Serialize(line, WorkerJson.Options) + "\n").ConfigureAwait(false);
            }

            input.Close();
        }
        catch (IOException)
        {
            // It stopped reading; its scores and its exit code say whether that is well.
        }
    }

    private ScoredLine Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<ScoredLine>(line, WorkerJson.Options) is { Id: not null } scored ? scored : throw new JsonException("'id' is missing");
        }
        catch (JsonException e)
        {
            throw MetricErrors.CommandOutput(spec, line, e.Message);
        }
    }

    private static void Append(StringBuilder errors, string? line)
    {
        lock (errors)
        {
            errors.Append(line is null ? "" : line + " | ");
        }
    }

    private static string Text(StringBuilder errors)
    {
        lock (errors)
        {
            string text = errors.ToString().TrimEnd(' ', '|');
            return text.Length <= LastWords ? text : "…" + text[^LastWords..];
        }
    }

    private sealed record ScoredLine(string? Id = null, double? Score = null);
}
