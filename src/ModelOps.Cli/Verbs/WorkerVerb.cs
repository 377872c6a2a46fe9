using System.CommandLine;
using System.Globalization;
using ModelOps.Cli.Projects;
using ModelOps.Conformance;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops worker test</c>: holds any executable to the worker protocol, for those who write a worker of their own.</summary>
internal static class WorkerVerb
{
    public static Command Create(Terminal terminal)
    {
        var worker = new Argument<string>("worker") { Description = "An assembly (.dll) or executable that speaks docs/worker-protocol.md.", HelpName = "file" };
        var only = new Option<string[]>("--check") { Description = "Only this check; may be given again.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong([.. ConformanceSuite.Checks.Select(c => c.Name)]);
        var tolerance = new Option<double>("--tolerance") { Description = "How far a loss may lie from double precision; a worker in bf16 needs 0.02.", HelpName = "share", DefaultValueFactory = _ => 1e-3 };
        var test = new Command("test", "Ask a worker everything that the protocol says: requests, events, bad data, numbers, kill, resume, cancel, output.") { worker };
        test.Add(only);
        test.Add(tolerance);
        var asJson = new Option<bool>("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };
        test.Add(asJson);
        test.SetAction((result, cancellation) => Task.Run(
            () => Test(Path.GetFullPath(result.GetRequiredValue(worker)), result.GetValue(only) ?? [], result.GetValue(tolerance), result.GetValue(asJson), terminal, cancellation), CancellationToken.None));
        return new Command("worker", "Workers of one's own.") { test };
    }

    private static int Test(string worker, string[] only, double tolerance, bool asJson, Terminal terminal, CancellationToken cancellation)
    {
        if (!File.Exists(worker))
        {
            throw WorkerErrors.NotFound(worker);
        }

        using var bench = new Workbench(worker, DotnetHost.Path) { Tolerance = tolerance };
        var results = new List<CheckResult>();
        TextWriter lines = asJson ? terminal.Error : terminal.Out;
        foreach (Check check in ConformanceSuite.Checks.Where(c => only.Length == 0 || only.Contains(c.Name)))
        {
            cancellation.ThrowIfCancellationRequested();
            CheckResult result = ConformanceSuite.Run(check, bench);
            results.Add(result);
            lines.WriteLine(Line(result));
        }

        CheckResult[] failed = [.. results.Where(r => r.Outcome == CheckOutcome.Failed)];
        lines.WriteLine($"{results.Count(r => r.Outcome == CheckOutcome.Passed)} passed, {failed.Length} failed, {results.Count(r => r.Outcome == CheckOutcome.NotOffered)} not offered");
        if (asJson)
        {
            terminal.Out.WriteLine(JsonOutput.Of(new { verb = "worker test", worker, checks = results.Select(Data) }));
        }

        return failed.Length == 0 ? ExitCode.Ok : throw new DiagnosticException(CliErrors.Nonconforming(worker, results.Count, [.. failed.Select(f => f.Check.Name)]));
    }

    private static object Data(CheckResult result) => new
    {
        name = result.Check.Name,
        outcome = result.Outcome switch { CheckOutcome.Passed => "passed", CheckOutcome.NotOffered => "notOffered", _ => "failed" },
        seconds = Math.Round(result.Took.TotalSeconds, 3),
        detail = result.Detail.Length == 0 ? null : ForeignText.Clean(result.Detail, 1000),
    };

    private static string Line(CheckResult result)
    {
        string outcome = result.Outcome switch { CheckOutcome.Passed => "passed", CheckOutcome.NotOffered => "not offered", _ => "FAILED" };
        string line = string.Create(CultureInfo.InvariantCulture, $"{outcome,-12} {result.Check.Name,-26} {result.Took.TotalSeconds,5:0.0} s");
        return result.Detail.Length == 0 ? line : $"{line}  {(result.Outcome == CheckOutcome.Failed ? result.Check.Sentence + " " : "")}{ForeignText.Clean(result.Detail, 1000)}";
    }
}
