using System.CommandLine;
using ModelOps.Cli.Projects;
using ModelOps.Core.Advising;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Advising;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Training;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops advise</c>: prompt, retrieve, tune, or none of it, and why; from the evidence that builds have left, or made now with <c>--run</c>.</summary>
internal static class AdviseVerb
{
    private const string Intermediate = "ModelOpsIntermediateDirectory";

    private static readonly string[] s_properties =
    [
        Intermediate, Names.ModelOpsMustCite, Names.ModelOpsLatencyLimit, Names.ModelOpsRequestsPerMonth, Names.ModelOpsOwnWeights, Names.ModelOpsAdvise,
        Names.Trainer, Names.ProviderModel, Names.BaseModel, Names.FineTuneMethod, Names.Epochs, Names.ModelOpsPrices, AdviseRun.CustomTargets,
    ];

    private static readonly string[] s_items = [Names.TrainingData, Names.EvalGate, Names.Documents, Names.PromptBaseline];

    public static Command Create(Terminal terminal)
    {
        var options = new ProjectOptions();
        Command command = options.AddTo(new Command("advise", "Say whether to prompt, retrieve, fine-tune, use another model, collect data first, or none of it, and why. Reads what builds have left."));
        var run = new Option<bool>("--run") { Description = "Make the evidence first: build and evaluate, also on a quarter and on half of the rows." };
        command.Add(run);
        command.SetAction(async (result, cancellation) =>
        {
            BuildRequest request = options.Request(result, null) with { Verbosity = "quiet" };
            (BuildOutcome outcome, ProjectValues? values) = await new BuildProcess(terminal).EvaluateAsync(request, s_properties, s_items, cancellation).ConfigureAwait(false);
            if (values is null)
            {
                return outcome.ExitCode;
            }

            if (values.Properties[Intermediate].Length == 0)
            {
                throw new DiagnosticException(CliErrors.NotAModelProject(request.Project));
            }

            ProjectInputs inputs = InputsOf(request.Project, values);
            var files = new StageFiles(Path.TrimEndingDirectorySeparator(Path.GetFullPath(values.Properties[Intermediate], inputs.ProjectDirectory)));
            if (result.GetValue(run) && await new AdviseRun(terminal, request, inputs, files).RunAsync(cancellation).ConfigureAwait(false) is { ExitCode: not ExitCode.Ok } failed)
            {
                return failed.ExitCode;
            }

            Advise(inputs, files, options.Json(result), terminal, cancellation);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Advise(ProjectInputs inputs, StageFiles files, bool json, Terminal terminal, CancellationToken cancellation)
    {
        var log = new TerminalLog(terminal);
        AdviseFile said = AdviseFile.Read(Path.GetFullPath(inputs.Setting(Names.ModelOpsAdvise) is { Length: > 0 } file ? file : AdviseFile.FileName, inputs.ProjectDirectory));
        AdviceFacts facts = said.FactsOf(inputs);
        var reader = new EvidenceReader(inputs, files, log);
        AdviceEvidence evidence = reader.Read();
        TrainingEconomy? money = EconomyReader.Read(inputs, files, evidence, facts, said.Money, () => TokensOf(inputs, files, log, cancellation), log);
        Advice advice = Adviser.Decide(evidence, facts, said.Thresholds, money);
        if (json)
        {
            terminal.Out.WriteLine(JsonOutput.Of(AdviseText.Json(inputs.ProjectFile, advice, evidence, facts, money, reader.Report?.Key.ToString())));
            return;
        }

        foreach (string line in AdviseText.Lines(inputs.ProjectName, advice))
        {
            terminal.Out.WriteLine(line);
        }
    }

    private static long? TokensOf(ProjectInputs inputs, StageFiles files, IStageLog log, CancellationToken cancellation)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("modelops-");
        try
        {
            var worker = new WorkerHost(Path.Combine(AppContext.BaseDirectory, "worker", "ModelOps.Worker.dll"), DotnetHost.Path, scratch.FullName);
            return TokenCount.Of(worker, inputs.BaseModelDirectory, files.Rows(DatasetKind.Training), log, cancellation);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static ProjectInputs InputsOf(string project, ProjectValues values) => new()
    {
        ProjectFile = project,
        Settings = values.Properties,
        TrainingData = values.Items.GetValueOrDefault(Names.TrainingData, []),
        Gates = values.Items.GetValueOrDefault(Names.EvalGate, []),
        PromptBaselines = values.Items.GetValueOrDefault(Names.PromptBaseline, []),
        SubjectItems = values.Items.GetValueOrDefault(Names.Documents, []),
    };
}
