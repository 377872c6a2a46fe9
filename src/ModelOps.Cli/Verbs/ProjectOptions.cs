using System.CommandLine;
using ModelOps.Cli.Projects;

namespace ModelOps.Cli.Verbs;

/// <summary>What every verb about a project takes.</summary>
internal sealed class ProjectOptions
{
    private readonly Argument<string> _project = new("project")
    {
        Description = "Project file, or folder with exactly one.",
        DefaultValueFactory = _ => ".",
    };

    private readonly Option<string[]> _properties = new("--property", "-p")
    {
        Description = "MSBuild property, Name=Value; may be given several times.",
        HelpName = "Name=Value",
    };

    private readonly Option<bool> _noRestore = new("--no-restore") { Description = "Do not restore packages first." };

    private readonly Option<bool> _json = new("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };

    private readonly Option<string>? _projectOption;

    /// <param name="asOption">The project is <c>--project</c>, because the verb's arguments are something else.</param>
    public ProjectOptions(bool asOption = false)
    {
        _projectOption = asOption ? new Option<string>("--project") { Description = "Project file, or folder with exactly one.", DefaultValueFactory = _ => "." } : null;

        // An option that there is not would otherwise be taken for the project.
        _project.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', ..] option }])
            {
                result.AddError($"There is no option '{option}'.");
            }
        });
        _properties.Validators.Add(result =>
        {
            foreach (string value in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (value.IndexOf('=', StringComparison.Ordinal) < 1)
                {
                    result.AddError($"'{value}' is no property; expected --property Name=Value.");
                }
            }
        });
    }

    public Command AddTo(Command command)
    {
        if (_projectOption is { } option)
        {
            command.Add(option);
        }
        else
        {
            command.Add(_project);
        }

        command.Add(_properties);
        command.Add(_noRestore);
        command.Add(_json);
        return command;
    }

    /// <summary>What was named, as it was named.</summary>
    public string Project(ParseResult result) => _projectOption is { } option ? result.GetRequiredValue(option) : result.GetRequiredValue(_project);

    public bool Json(ParseResult result) => result.GetValue(_json);

    public BuildRequest Request(ParseResult result, string? target) => new(ModelProject.Find(Project(result)), target)
    {
        Restore = !result.GetValue(_noRestore),
        Properties = result.GetValue(_properties) ?? [],
    };
}
