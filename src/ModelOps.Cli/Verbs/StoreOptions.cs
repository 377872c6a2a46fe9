using System.CommandLine;
using ModelOps.Core.Artifacts;

namespace ModelOps.Cli.Verbs;

/// <summary>What every verb about the store takes.</summary>
internal sealed class StoreOptions
{
    private readonly Option<string> _store = new("--store")
    {
        Description = "Folder of the store; default MODELOPS_HOME, else ~/.modelops.",
        HelpName = "folder",
        DefaultValueFactory = _ => ModelStore.DefaultRoot(),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };

    public Command AddTo(Command command)
    {
        command.Add(_store);
        command.Add(_json);
        return command;
    }

    public bool Json(ParseResult result) => result.GetValue(_json);

    public ModelStore Open(ParseResult result, Terminal terminal) => new(result.GetRequiredValue(_store), new TerminalLog(terminal));
}
