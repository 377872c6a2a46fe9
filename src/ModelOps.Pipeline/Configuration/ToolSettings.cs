using ModelOps.Backends.Tools;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Configuration;

/// <summary>What a project says of a trainer that its team runs itself.</summary>
/// <param name="Version">Of the tool, as the project declares it: a machine without the tool must come to the same key.</param>
/// <param name="EnvironmentFile">A lock file of the tool's environment, absolute; empty when the project has none. Its content is part of the key.</param>
/// <param name="Command">Runs the tool; empty: its usual command.</param>
/// <param name="ChatTemplate">The tool's own name of one, where it needs that.</param>
public sealed record ToolSettings(TrainingTool Tool, string Version, string EnvironmentFile, string Command, string ChatTemplate)
{
    /// <summary>Null for a trainer that is no tool.</summary>
    public static ToolSettings? Parse(ProjectInputs inputs, SettingParser parser)
    {
        if (Find(inputs) is not { } tool)
        {
            return null;
        }

        string version = inputs.Setting(Names.TrainerVersion), command = inputs.Setting(Names.TrainCommand), template = inputs.Setting(Names.LlamaFactoryTemplate);
        bool isVersion = version.Length > tool.Series.Length && version.StartsWith(tool.Series, StringComparison.Ordinal) && version.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '+' or '-' or '_');
        if (!isVersion)
        {
            parser.Report(at => ToolErrors.NoVersion(tool.Name, tool.Series, version, at), Names.TrainerVersion);
        }

        if (command.Length == 0 && tool.Command is null)
        {
            parser.Report(at => ToolErrors.Missing(tool.Name, Names.TrainCommand, "the line for the shell that trains", at), Names.TrainCommand);
        }

        if (tool.NeedsTemplateName && template.Length == 0)
        {
            parser.Report(at => ToolErrors.Missing(tool.Name, Names.LlamaFactoryTemplate, "its name of the base model's chat template, such as qwen3", at), Names.LlamaFactoryTemplate);
        }

        return new ToolSettings(tool, version, inputs.TrainerEnvironmentFile, command, template);
    }

    /// <summary>The command that the file of the configuration follows.</summary>
    public string CommandFor(TrainOptions options) => (Command.Length > 0 ? Command : Tool.Command!).Replace("{objective}", options.Objective, StringComparison.Ordinal);

    /// <summary>A tool trains, whatever else the project says.</summary>
    public static bool IsUsed(ProjectInputs inputs) => Find(inputs) is not null;

    private static TrainingTool? Find(ProjectInputs inputs) => TrainingTool.Find(inputs.Setting(ClusterSettings.TrainerSetting(inputs)));

    /// <summary>Reports what the tool cannot be told.</summary>
    public void Check(TrainOptions options, ProjectXml xml, IStageLog log)
    {
        foreach (ToolProblem problem in Tool.Check(options))
        {
            log.Report(ToolErrors.NotExpressible(Tool.Name, problem, xml.PropertyLocation(problem.Setting)));
        }

        if (EnvironmentFile.Length > 0 && !File.Exists(EnvironmentFile))
        {
            log.Report(ToolErrors.Missing(Tool.Name, Names.TrainerEnvironment, $"a file that exists; '{EnvironmentFile}' does not", xml.PropertyLocation(Names.TrainerEnvironment)));
        }
    }
}
