using System.CommandLine;
using ModelOps.Cli.Projects;
using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Comparing;
using ModelOps.Pipeline.Git;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops diff A B</c>: two builds, packages or commits, row by row and field by field.</summary>
internal static class DiffVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new ProjectOptions(asOption: true);
        Argument<string> before = Operand("before", Snapshots.Trained), after = Operand("after", Snapshots.Now);
        var command = new Command("diff", "Compare two states: 'trained' and 'now' (the default), another project's folder, a .nupkg, a training key, or a commit.");
        command.Add(before);
        command.Add(after);
        options.AddTo(command);
        command.SetAction(async (result, cancellation) =>
        {
            (string left, string right) = (result.GetRequiredValue(before), result.GetRequiredValue(after));
            string? target = left == Snapshots.Now || right == Snapshots.Now ? "ModelOpsFingerprint" : null;
            BuildRequest request = options.Request(result, target) with { Verbosity = "quiet" };
            (BuildOutcome outcome, ProjectState? state) = await ProjectState.ReadAsync(request, terminal, cancellation).ConfigureAwait(false);
            if (state is null)
            {
                return outcome.ExitCode;
            }

            string folder = Path.GetDirectoryName(request.Project)!;
            using RowHistory? history = RowHistory.TryOpen(folder, new TerminalLog(terminal));
            var snapshots = new Snapshots(folder, state.Files, state.StoreRoot, history);
            var comparison = Comparison.Of(snapshots.Find(left), snapshots.Find(right), RowTexts.AtHand(state.Files), history);
            Write(comparison, request.Project, options.Json(result), terminal);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Write(Comparison comparison, string project, bool json, Terminal terminal)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonOutput.Of(new
            {
                verb = "diff",
                project,
                before = comparison.Before.Name,
                after = comparison.After.Name,
                rows = comparison.RowChanges.Select(c => WhyText.Rows(c.Kind, comparison.Rows)),
                stages = comparison.Stages.Select(s => new { stage = s.Stage, fields = s.Difference.Fields.Select(WhyText.Field) }),
            }));
            return;
        }

        terminal.Out.WriteLine($"{comparison.Before.Name} -> {comparison.After.Name}");
        foreach (string line in WhyText.Difference(new KeyDifference([], comparison.RowChanges), comparison.Rows).Concat(comparison.FieldLines()))
        {
            terminal.Out.WriteLine($"  {line}");
        }
    }

    private static Argument<string> Operand(string name, string value) => new(name)
    {
        Description = "'now', 'trained', a project's folder, a .nupkg, the digits of a training key, or a commit.",
        DefaultValueFactory = _ => value,
    };
}
