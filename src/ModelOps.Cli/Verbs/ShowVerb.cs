using System.CommandLine;
using System.Text.Json.Nodes;
using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Pipeline.Packages;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops show</c>: the project's last evaluation and what the gates made of it.</summary>
internal static class ShowVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new ProjectOptions();
        Command command = options.AddTo(new Command("show", "Show the last evaluation of a project: every subject's scores, and the gates; or what a package is. Runs nothing."));
        command.SetAction(async (result, cancellation) =>
        {
            if (ModelPackage.IsOne(options.Project(result)))
            {
                return ShowPackage.Run(options.Project(result), options.Json(result), terminal);
            }

            BuildRequest request = options.Request(result, null) with { Verbosity = "quiet" };
            (BuildOutcome outcome, ProjectState? state) = await ProjectState.ReadAsync(request, terminal, cancellation).ConfigureAwait(false);
            return state is null ? outcome.ExitCode : Show(state, options.Json(result), terminal);
        });
        return command;
    }

    private static int Show(ProjectState state, bool json, Terminal terminal)
    {
        if (!File.Exists(state.Files.Evaluation))
        {
            throw new DiagnosticException(CliErrors.NoEvaluation(state.Project));
        }

        EvaluationReport report = EvaluationJson.Read(state.Files.Evaluation);
        Verdict? verdict = File.Exists(state.Files.Verdict) ? VerdictJson.Read(state.Files.Verdict) : null;

        // A verdict on an earlier evaluation says nothing about this one.
        bool judged = verdict is not null && verdict.EvaluationKey == report.Key;
        if (json)
        {
            terminal.Out.WriteLine(JsonOutput.Of(Json(state, report, judged)));
            return ExitCode.Ok;
        }

        foreach (string line in SummaryTable.Lines(report, judged ? verdict : null))
        {
            terminal.Out.WriteLine(line);
        }

        if (!judged)
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine("the gates have not judged this evaluation yet: dotnet modelops gate");
        }

        return ExitCode.Ok;
    }

    private static object Json(ProjectState state, EvaluationReport report, bool judged) => new
    {
        verb = "show",
        project = state.Project,
        evaluationKey = report.Key.ToString(),
        rows = report.Items.Count,
        confidence = report.Confidence,
        subjects = report.Subjects.Select(Subject),
        verdict = judged ? JsonNode.Parse(File.ReadAllBytes(state.Files.Verdict)) : null,
    };

    internal static object Subject(SubjectReport subject) => new
    {
        name = subject.Name,
        kind = subject.Run.Kind.ToString().ToLowerInvariant(),
        metrics = subject.Metrics.Select(Metric),
    };

    private static object Metric(MetricValue metric) => new
    {
        name = metric.Spec.Name,
        field = metric.Spec.Field,
        value = metric.Value,
        lower = metric.Interval.Lower,
        upper = metric.Interval.Upper,
        n = metric.Rows,
    };
}
