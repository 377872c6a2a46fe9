using System.CommandLine;
using System.Globalization;
using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Making;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Making;

namespace ModelOps.Cli.Making;

/// <summary>Who drafts: a <c>ModelEndpoint</c> of the project, within its <c>ModelOpsBudget</c>, kept in its store.</summary>
internal sealed class DraftingOptions
{
    private readonly Option<string?> _endpoint;
    private readonly Option<string> _project = new("--project") { Description = "The project whose ModelEndpoint and ModelOpsBudget count; default: the one here.", HelpName = "project", DefaultValueFactory = _ => "." };
    private readonly Option<string[]> _properties = new("--property", "-p") { Description = "MSBuild property, Name=Value, for example ModelOpsBudget=2; may be given several times.", HelpName = "Name=Value" };
    private readonly Option<string?> _instructions = new("--instructions") { Description = "A text file that the model is told before each question; it is no part of the rows.", HelpName = "file" };
    private readonly Option<int> _longest = new("--max-new-tokens") { Description = "Longest draft in tokens; default: 1024.", HelpName = "n", DefaultValueFactory = _ => 1024 };
    private readonly Option<double> _temperature = new("--temperature") { Description = "0 (default): the likeliest draft.", HelpName = "number" };

    public DraftingOptions(bool isRequired)
    {
        _endpoint = new Option<string?>("--endpoint", "-e") { Description = "Name of the ModelEndpoint that drafts answers.", HelpName = "name", Required = isRequired };
        _longest.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int number) && number < 1)
            {
                result.AddError($"'--max-new-tokens {number}' is out of range; expected 1 or more.");
            }
        });
    }

    public Command AddTo(Command command)
    {
        foreach (Option option in (Option[])[_endpoint, _project, _properties, _instructions, _longest, _temperature])
        {
            command.Add(option);
        }

        return command;
    }

    /// <summary>Null where no model is named.</summary>
    /// <exception cref="DiagnosticException">The project cannot be evaluated, has no such endpoint, or says something wrong about it.</exception>
    public async Task<DraftingRequest?> ReadAsync(ParseResult result, Terminal terminal, CancellationToken cancellation)
    {
        if (result.GetValue(_endpoint) is not { } name)
        {
            return null;
        }

        string project = ModelProject.Find(result.GetRequiredValue(_project));
        var request = new BuildRequest(project, null) { Properties = result.GetValue(_properties) ?? [], Verbosity = "quiet" };
        (BuildOutcome outcome, IReadOnlyDictionary<string, string> values, IReadOnlyList<IReadOnlyDictionary<string, string>> items) = await new BuildProcess(terminal)
            .GetItemsAsync(request, [Names.ModelOpsBudget, Names.ModelOpsHome], Names.ModelEndpoint, cancellation).ConfigureAwait(false);
        if (outcome.MSBuildExitCode != 0)
        {
            throw new DiagnosticException(CliErrors.ProjectNotEvaluated(project));
        }

        var inputs = new ProjectInputs { ProjectFile = project, Settings = values };
        ProjectItem[] endpoints = [.. items.Select(i => new ProjectItem(Names.ModelEndpoint, i["Identity"], "", i))];
        ProjectItem named = Array.Find(endpoints, e => e.Include == name) ?? throw MakingErrors.NoSuchEndpoint(project, name, endpoints.Select(e => e.Include));
        string home = values[Names.ModelOpsHome].Length > 0 ? values[Names.ModelOpsHome] : throw new DiagnosticException(CliErrors.NotAModelProject(project));
        return new DraftingRequest(BackendItems.Endpoint(inputs, named), Budget(values[Names.ModelOpsBudget], project), Path.GetFullPath(home, Path.GetDirectoryName(project)!), project)
        {
            Instructions = result.GetValue(_instructions) is { } file ? Text(file).Trim() : "",
            Decoding = new DecodingOptions { MaxNewTokens = result.GetValue(_longest), Temperature = result.GetValue(_temperature) },
        };
    }

    private static decimal Budget(string value, string project)
        => value.Trim().Length == 0 ? 0
            : decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal budget) ? budget
            : throw new DiagnosticException(ConfigurationErrors.InvalidValue(Names.ModelOpsBudget, value, "an amount, 0 or more, such as 2.50", new SourceLocation(project)));

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(CliErrors.UnreadableInput(file, failure));
        }
    }
}
