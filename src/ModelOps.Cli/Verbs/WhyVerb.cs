using System.CommandLine;
using ModelOps.Cli.Projects;
using ModelOps.Pipeline;

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

            WhyResult why = Why.Run(new WhyRequest(state.Files, state.Receipts, state.StoreRoot, state.Force), new TerminalLog(terminal));
            if (options.Json(result))
            {
                terminal.Out.WriteLine(JsonOutput.Of(WhyText.Json(request.Project, why)));
            }
            else
            {
                foreach (string line in WhyText.Lines(state.Name, why))
                {
                    terminal.Out.WriteLine(line);
                }
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
