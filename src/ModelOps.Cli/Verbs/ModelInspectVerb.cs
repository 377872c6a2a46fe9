using System.CommandLine;
using ModelOps.Cli.Models;
using ModelOps.Cli.Projects;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops model inspect</c>: one object that says what a model is and what it takes.</summary>
internal static class ModelInspectVerb
{
    public static Command Create(Terminal terminal)
    {
        var options = new ModelOptions();
        Command command = options.AddTo(new Command("inspect", "Architecture, number of parameters, storage and memory need of a model."), takesAdapter: true, takesLines: false);
        command.SetAction((result, cancellation) =>
        {
            ModelRun run = options.Read(result);
            string? adapter = options.Adapter(result);
            return Task.Run(() => Run(run, adapter, terminal, cancellation), CancellationToken.None);
        });
        return command;
    }

    private static int Run(ModelRun run, string? adapter, Terminal terminal, CancellationToken cancellation)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("modelops-");
        var log = new TerminalLog(terminal);
        try
        {
            WorkerRun inspected = WorkerProcess.Run(run.Host(scratch.FullName), new InspectRequest { Model = run.Model, Adapter = adapter }, "inspect", log, cancellation);
            terminal.Out.WriteLine(JsonOutput.Of(inspected.Result.Model!));
            return ExitCode.Ok;
        }
        finally
        {
            log.Finish();
            scratch.Delete(recursive: true);
        }
    }
}
