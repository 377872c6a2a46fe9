using System.CommandLine;
using ModelOps.Cli.Projects;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops validate|fingerprint|train|evaluate|gate|package</c>: the project's own target, so that neither front end adds behaviour.</summary>
internal static class StageVerb
{
    private static readonly (string Stage, string Description)[] s_stages =
    [
        ("Validate", "Read and check the datasets: rows, names, leakage between training and held-out rows."),
        ("Fingerprint", "Compute the training key from everything that can change the trained result."),
        ("Train", "Train when no stored result has the key; otherwise take the stored one."),
        ("Evaluate", "Answer every held-out row with candidate, prompting baselines and floors, and score the answers."),
        ("Gate", "Hold the scores against the project's gates: what 'dotnet build' does, to its end."),
        ("Package", "Make the files that 'dotnet pack' puts into the package."),
    ];

    public static IEnumerable<Command> All(Terminal terminal) => s_stages.Select(s => Create(s.Stage, s.Description, terminal));

    private static Command Create(string stage, string description, Terminal terminal)
    {
        var options = new ProjectOptions();
        var verbosity = new Option<string?>("--verbosity", "-v") { Description = "quiet, minimal, normal, detailed or diagnostic.", HelpName = "level" };
        verbosity.AcceptOnlyFromAmong("quiet", "minimal", "normal", "detailed", "diagnostic", "q", "m", "n", "d", "diag");
        Command command = options.AddTo(new Command(stage.ToLowerInvariant(), description));
        command.Add(verbosity);
        command.SetAction(async (result, cancellation) =>
        {
            bool json = options.Json(result);
            BuildRequest request = options.Request(result, $"ModelOps{stage}") with { Verbosity = result.GetValue(verbosity) };
            BuildOutcome outcome = await new BuildProcess(terminal).RunAsync(request, json, cancellation).ConfigureAwait(false);
            if (json)
            {
                terminal.Out.WriteLine(JsonOutput.Of(new
                {
                    verb = command.Name,
                    project = request.Project,
                    exitCode = outcome.ExitCode,
                    diagnostics = outcome.Diagnostics.Select(JsonOutput.Diagnostic),
                }));
            }

            return outcome.ExitCode;
        });
        return command;
    }
}
