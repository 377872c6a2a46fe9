using System.CommandLine;
using ModelOps.Cli.Verbs;

namespace ModelOps.Cli.Tests.Verbs;

public sealed class CompletionsTests
{
    [Theory]
    [InlineData("veri", "verify")]
    [InlineData("verify --no", "--no-probe")]
    [InlineData("store ", "ls")]
    [InlineData("completions b", "bash")]
    public async Task The_tool_says_what_may_follow(string line, string offered)
    {
        ToolRun run = await ToolRun.OfAsync([$"[suggest:{line.Length}]", line]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Contains(offered, run.Output.Split('\n'));
    }

    [FactOnUnix]
    public async Task The_script_completes_in_a_real_shell()
    {
        ToolRun script = await ToolRun.OfAsync(["completions", "bash"]);
        string tool = typeof(CompletionsVerb).Assembly.Location;

        string offered = await OtherProcess.OutputOfAsync("bash", "-c", $$"""
            {{script.Output}}
            dotnet-modelops() { command dotnet exec '{{tool}}' "$@"; }
            dotnet() { if [ "$1" = modelops ]; then shift; dotnet-modelops "$@"; else printf 'build\nbuild-server\n'; fi; }
            try() { COMP_LINE="$1"; COMP_POINT=${#1}; read -ra COMP_WORDS <<<"$1"; [[ "$1" == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _modelops_complete; echo "${COMPREPLY[*]}"; }
            try 'dotnet modelops lin'; try 'dotnet-modelops sto'; try 'dotnet modelops lineage --js'; try 'dotnet bu'; try 'dotnet modelops nosuch --x'
            complete -p dotnet
            """);

        Assert.Equal(["lineage", "store", "--json", "build build-server", "", "complete -o default -F _modelops_complete dotnet"], offered.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Other_shells_have_their_script_and_what_is_no_shell_is_told()
    {
        Assert.StartsWith("autoload -Uz bashcompinit", (await ToolRun.OfAsync(["completions", "zsh"])).Output, StringComparison.Ordinal);
        Assert.StartsWith("Register-ArgumentCompleter -Native", (await ToolRun.OfAsync(["completions", "pwsh"])).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await ToolRun.OfAsync(["completions", "sh"])).ExitCode);
    }

    [Fact]
    public void Every_verb_gives_its_data_as_json()
    {
        // The verbs under "model" read and write JSON anyway; a completion script is for a shell.
        IEnumerable<Command> verbs = Leaves(CommandLine.Create(new Terminal(TextWriter.Null, TextWriter.Null, () => Stream.Null)));

        Assert.DoesNotContain(verbs.Where(v => v.Name != "completions" && !v.Parents.Any(p => p.Name == "model")), v => !v.Options.Any(o => o.Name == "--json"));
    }

    private static IEnumerable<Command> Leaves(Command command) => command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
