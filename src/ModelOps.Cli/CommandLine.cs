using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ModelOps.Cli.Verbs;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli;

/// <summary>The vocabulary, and the border: here a failure becomes one coded line and an exit code.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("Fine-tuned models as versioned build artifacts: the stages of a model build from the command line.");
        foreach (Command stage in StageVerb.All(terminal))
        {
            root.Add(stage);
        }

        root.Add(WhyVerb.Create(terminal));
        root.Add(PlanVerb.Create(terminal));
        root.Add(DiffVerb.Create(terminal));
        root.Add(ShowVerb.Create(terminal));
        root.Add(ReportVerb.Create(terminal));
        root.Add(ReviewVerb.Create(terminal));
        root.Add(AdviseVerb.Create(terminal));
        root.Add(ListVerb.Create(terminal));
        root.Add(LineageVerb.Create(terminal));
        root.Add(VerifyVerb.Create(terminal));
        root.Add(AuditVerb.Create(terminal));
        root.Add(SignVerb.Create(terminal));
        root.Add(ExportVerb.Create(terminal));
        root.Add(ImportVerb.Create(terminal));
        root.Add(StoreVerb.Create(terminal));
        root.Add(ModelVerb.Create(terminal));
        root.Add(ServeVerb.Create(terminal));
        root.Add(CompletionsVerb.Create(terminal));
        root.Add(WorkerVerb.Create(terminal));
        root.SetAction(result => new HelpAction().Invoke(result));
        return root;
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal)
    {
        ParseResult result = Create(terminal).Parse(args);
        if (result.Action is ParseErrorAction)
        {
            foreach (Diagnostic problem in result.Errors.Select(e => CliErrors.Usage(e.Message, Path(result))))
            {
                terminal.Error.WriteLine(problem);
            }

            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // A cancelled build or worker gets time to tidy up before this process goes.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        };
        try
        {
            return await result.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (DiagnosticException failure)
        {
            terminal.Error.WriteLine(failure.Diagnostic);
            return ExitCode.For(failure.Diagnostic.Code);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            terminal.Error.WriteLine(CliErrors.FileSystem(failure));
            return ExitCode.Host;
        }
    }

    // "modelops model render": what --help is asked of.
    private static string Path(ParseResult result)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = result.CommandResult; at is System.CommandLine.Parsing.CommandResult command; at = at.Parent)
        {
            names.Insert(0, command.Command is RootCommand ? "modelops" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
