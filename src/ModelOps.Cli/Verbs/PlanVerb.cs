using System.CommandLine;
using ModelOps.Cli.Projects;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops plan</c>: what a build would do, with times and prices; with <c>--verify</c> it fails when a result is stale.</summary>
internal static class PlanVerb
{
    private const string Json = "ModelOpsPlanJson";

    public static Command Create(Terminal terminal)
    {
        var options = new ProjectOptions();
        Command command = options.AddTo(new Command("plan", "Say what a build would do, stage by stage, with reasons, times and prices. Does none of it and writes nothing."));
        var verify = new Option<bool>("--verify") { Description = "Fail when a result is stale: for CI." };
        command.Add(verify);
        command.SetAction(async (result, cancellation) =>
        {
            string mode = $"ModelOpsMode={(result.GetValue(verify) ? "Verify" : "Plan")}";
            BuildRequest request = options.Request(result, "ModelOpsPlan");
            request = request with { Properties = [.. request.Properties, mode] };
            var build = new BuildProcess(terminal);
            if (!options.Json(result))
            {
                return (await build.RunAsync(request, outputIsData: false, cancellation).ConfigureAwait(false)).ExitCode;
            }

            (BuildOutcome outcome, IReadOnlyDictionary<string, string> values) = await build.GetPropertiesAsync(request with { Verbosity = "quiet" }, [Json, "ModelOpsMode"], cancellation).ConfigureAwait(false);
            if (values.TryGetValue(Json, out string? plan))
            {
                terminal.Out.WriteLine(JsonOutput.Of(System.Text.Json.Nodes.JsonNode.Parse(plan)!));
            }

            return outcome.ExitCode;
        });
        return command;
    }
}
