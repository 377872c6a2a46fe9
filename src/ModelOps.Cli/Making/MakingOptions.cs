using System.CommandLine;
using ModelOps.Core.Making;
using ModelOps.Pipeline.Making;

namespace ModelOps.Cli.Making;

/// <summary>What every verb takes that makes rows.</summary>
internal sealed class MakingOptions
{
    private readonly Argument<string[]> _sources;
    private readonly Option<string> _output;
    private readonly Option<string> _personal = new("--personal-data")
    {
        Description = "What is done with rows that hold personal data: refuse (default), drop, or allow. Secrets are never allowed.", HelpName = "refuse|drop|allow", DefaultValueFactory = _ => "refuse",
    };

    private readonly Option<bool> _unreviewed = new("--unreviewed") { Description = "Take what nobody reviewed or judged, with a warning; lineage says so." };
    private readonly Option<string[]> _reviewers = new("--reviewer", "-r") { Description = "A sheet for each; repeatable.", HelpName = "name", DefaultValueFactory = _ => ["a"] };
    private readonly Option<string> _folder = new("--sheets") { Description = "Folder of the sheets; default: reviews.", HelpName = "folder", DefaultValueFactory = _ => "reviews" };
    private readonly Option<bool> _json = new("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };

    /// <param name="output">Where rows go when nothing is said.</param>
    public MakingOptions(string source, string description, string output, bool mayBeNone = false)
    {
        _sources = new Argument<string[]>(source) { Description = description, Arity = mayBeNone ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore };
        _output = new Option<string>("--output", "-o") { Description = $"The file of rows; default: {output}. Where they came from stands beside it.", HelpName = "file", DefaultValueFactory = _ => output };
        _personal.AcceptOnlyFromAmong("refuse", "drop", "allow");
        _reviewers.Validators.Add(result =>
        {
            if ((result.GetValueOrDefault<string[]>() ?? []).FirstOrDefault(name => name.Length == 0 || !name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_')) is { } bad)
            {
                result.AddError($"'{bad}' is no name of a reviewer; expected letters, digits, - and _.");
            }
        });
    }

    public Command AddTo(Command command, bool takesUnreviewed, bool takesSheets)
    {
        command.Add(_sources);
        command.Add(_output);
        if (takesSheets)
        {
            command.Add(_reviewers);
            command.Add(_folder);
        }

        if (takesUnreviewed)
        {
            command.Add(_unreviewed);
        }

        command.Add(_personal);
        command.Add(_json);
        return command;
    }

    public bool Json(ParseResult result) => result.GetValue(_json);

    public MakingRequest Read(ParseResult result)
    {
        string output = result.GetRequiredValue(_output), folder = result.GetValue(_folder) ?? "reviews";
        return new MakingRequest(result.GetValue(_sources) ?? [], output)
        {
            PersonalData = Enum.Parse<PersonalDataRule>(result.GetRequiredValue(_personal), ignoreCase: true),
            Unreviewed = result.GetValue(_unreviewed),
            Sheets = [.. (result.GetValue(_reviewers) ?? []).Distinct(StringComparer.Ordinal).Select(name => Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(output)}.{name}.csv"))],
        };
    }
}
