using System.CommandLine;
using System.Diagnostics;
using System.Text;
using ModelOps.Cli.Projects;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Reporting;
using ModelOps.Pipeline.Reporting;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops report</c>: the report of a build or a package, or one page about several of them. Runs nothing.</summary>
internal static class ReportVerb
{
    public static Command Create(Terminal terminal)
    {
        var sources = new Argument<string[]>("source")
        {
            Description = "Project, obj/modelops folder or .nupkg; the newest first when there are several to compare.",
            DefaultValueFactory = _ => ["."],
            Arity = ArgumentArity.ZeroOrMore,
        };
        var against = new Option<string?>("--against") { Description = "An earlier build or package, to say what changed since.", HelpName = "source" };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write: .html, .md, or .xml (JUnit, the gates). Default: index.html of the build's report, or modelops-report.html.", HelpName = "file" };
        var open = new Option<bool>("--open") { Description = "Open the page in the browser." };
        var json = new Option<bool>("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };
        var command = new Command("report", "Write the report of a project's last build, of a package, or of several builds side by side. Runs nothing.") { sources, against, output, open, json };
        command.SetAction(async (result, cancellation) =>
        {
            (ReportInput Input, string? Default)[] found = await Task.WhenAll(result.GetRequiredValue(sources).Select(s => FindAsync(s, terminal, cancellation))).ConfigureAwait(false);
            ReportInput input = found.Length == 1 ? found[0].Input : BuildComparison.Of(Distinct(found.Select(f => f.Input)));
            if (result.GetValue(against) is { } before)
            {
                ReportInput earlier = (await FindAsync(before, terminal, cancellation).ConfigureAwait(false)).Input;
                input = input with { Earlier = new EarlierReport(earlier.Title, earlier.Report) };
            }

            string file = Path.GetFullPath(result.GetValue(output) ?? (found.Length == 1 ? found[0].Default : null) ?? "modelops-report.html");
            Write(file, input);
            terminal.Out.WriteLine(result.GetValue(json) ? JsonOutput.Of(Json(input, file)) : file);
            if (result.GetValue(open))
            {
                Process.Start(new ProcessStartInfo(file) { UseShellExecute = true })?.Dispose();
            }

            return ExitCode.Ok;
        });
        return command;
    }

    internal static async Task<(ReportInput Input, string? Default)> FindAsync(string source, Terminal terminal, CancellationToken cancellation)
    {
        bool isProject = source.EndsWith(".csproj", StringComparison.OrdinalIgnoreCase) || (Directory.Exists(source) && Directory.EnumerateFiles(source, "*.csproj").Any());
        if (!isProject)
        {
            return (ReportSources.Find(source), null);
        }

        // MSBuild knows where the project keeps its model files.
        var request = new BuildRequest(ModelProject.Find(source), null) { Verbosity = "quiet" };
        (_, ProjectState? state) = await ProjectState.ReadAsync(request, terminal, cancellation).ConfigureAwait(false);
        return state is null ? throw ReportingErrors.NotEvaluated(source) : (ReportSources.Of(state.Files, state.Name), state.Files.HtmlReport);
    }

    private static EarlierReport[] Distinct(IEnumerable<ReportInput> inputs)
    {
        EarlierReport[] builds = [.. inputs.Select(i => new EarlierReport(i.Title, i.Report))];
        return builds.GroupBy(b => b.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice ? throw ReportingErrors.NameTwice(twice.Key) : builds;
    }

    private static void Write(string file, ReportInput input)
    {
        byte[] content = Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".md" => Encoding.UTF8.GetBytes(SummaryMarkdown.Write(input)),
            ".xml" => input.Verdict is null ? JUnitXml.Rows(input) : JUnitXml.Gates(input),
            _ => HtmlReport.Write(input),
        };
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.WriteIfDifferent(file, content);
    }

    private static object Json(ReportInput input, string file)
    {
        ReportChanges? changes = ReportChanges.Of(input);
        (double Value, Core.Evaluation.Statistics.Interval Interval)? difference = changes?.Difference(input.Report.Confidence);
        return new
        {
            verb = "report",
            file,
            title = input.Title,
            evaluationKey = input.Report.Key.ToString(),
            rows = input.Report.Items.Count,
            outcome = input.Verdict?.Outcome.ToString().ToLowerInvariant(),
            subjects = input.Report.Subjects.Select(ShowVerb.Subject),
            changes = changes is null ? null : new
            {
                since = changes.Name,
                common = changes.Common,
                added = changes.Added,
                removed = changes.Removed,
                @fixed = changes.Fixed,
                broken = changes.Broken,
                changed = changes.Changed,
                metric = changes.Metric?.ToString(),
                value = difference?.Value,
                lower = difference?.Interval.Lower,
                upper = difference?.Interval.Upper,
            },
        };
    }
}
