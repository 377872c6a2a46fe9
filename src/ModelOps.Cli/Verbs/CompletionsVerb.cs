using System.CommandLine;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops completions</c>: a script for a shell, which asks the tool itself what may follow (System.CommandLine's <c>[suggest]</c> directive).</summary>
internal static class CompletionsVerb
{
    // What is typed after "dotnet" and is not ours stays the SDK's business. Where nothing is offered, the shell offers files.
    private const string Bash = """
        _modelops_complete() {
          local line="${COMP_LINE:0:$COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" rest one IFS=$'\n'
          local -a offered
          case "$line" in
            'dotnet modelops '*) rest="${line#dotnet modelops }"; offered=($(dotnet modelops "[suggest:${#rest}]" "$rest" 2>/dev/null)) ;;
            'dotnet-modelops '*) rest="${line#dotnet-modelops }"; offered=($(dotnet-modelops "[suggest:${#rest}]" "$rest" 2>/dev/null)) ;;
            'dotnet '*) offered=($(dotnet complete "$line" 2>/dev/null)) ;;
          esac
          COMPREPLY=()
          for one in "${offered[@]}"; do [[ "$one" == "$word"* ]] && COMPREPLY+=("$one"); done
        }
        complete -o default -F _modelops_complete dotnet dotnet-modelops
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName dotnet, dotnet-modelops -ScriptBlock {
            param($word, $ast, $position)
            $line = "$ast".PadRight($position).Substring(0, $position)
            $offered = if ($line -match '^dotnet(?<own>[ -])modelops (?<rest>.*)$') {
                $rest = $Matches.rest
                if ($Matches.own -eq '-') { dotnet-modelops "[suggest:$($rest.Length)]" $rest } else { dotnet modelops "[suggest:$($rest.Length)]" $rest }
            } else { dotnet complete --position $position "$ast" }
            $offered | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        var command = new Command("completions", "Print a script that completes verbs and options in a shell: source <(dotnet modelops completions bash)") { shell };
        command.SetAction(result =>
        {
            terminal.Out.WriteLine(result.GetRequiredValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => "autoload -Uz bashcompinit && bashcompinit\n" + Bash,
                _ => PowerShell,
            });
            return ExitCode.Ok;
        });
        return command;
    }
}
