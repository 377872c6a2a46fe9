using System.CommandLine;
using ModelOps.Cli.Projects;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Comparing;
using ModelOps.Pipeline.Git;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops why</c>: whether the next build retrains, and which field or row is the reason.</summary>
internal static class WhyVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new ProjectOptions();
        Command command = options.AddTo(new Command("why", "Say whether the next build would train, and which rows and settings are the reason. Trains nothing."));
        command.SetAction(async (result, cancellation) =>
        {
            BuildRequest request = options.Request(result, "ModelOpsFingerprint") with { Verbosity = "quiet" };
            (BuildOutcome outcome, ProjectState? state) = await ProjectState.ReadAsync(request, terminal, cancellation).ConfigureAwait(false);
            if (state is null)
            {
                return outcome.ExitCode;
            }

            var log = new TerminalLog(terminal);
            WhyResult why = Why.Run(new WhyRequest(state.Files, state.Receipts, state.StoreRoot, state.Force), log);
            using RowHistory? history = why.Difference?.Rows.Count > 0 ? RowHistory.TryOpen(Path.GetDirectoryName(request.Project)!, log) : null;
            IReadOnlyList<RowStory> rows = why.Difference is { Rows.Count: > 0 } difference
                ? RowStory.Tell(difference.Rows, why.Before!, why.After!, RowTexts.AtHand(state.Files), history) : [];
            if (options.Json(result))
            {
                terminal.Out.WriteLine(JsonOutput.Of(WhyText.Json(request.Project, why, rows)));
            }
            else
            {
                foreach (string line in WhyText.Lines(state.Name, why, rows))
                {
                    terminal.Out.WriteLine(line);
                }
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
