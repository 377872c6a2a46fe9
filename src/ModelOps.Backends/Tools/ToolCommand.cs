using ModelOps.Backends.Clusters;

namespace ModelOps.Backends.Tools;

/// <summary>The shell's line for a run of a tool: first its version is looked at, where it runs.</summary>
public static class ToolCommand
{
    /// <summary>Exit code when another version is installed; what is installed is in <see cref="EnvironmentFile"/>.</summary>
    public const int OtherVersion = 86;

    /// <summary>Exit code of a shell that finds no such program.</summary>
    public const int NotFound = 127;

    /// <summary>All Python distributions of the tool's environment, as <c>name==version</c>.</summary>
    public const string EnvironmentFile = "environment.txt";

    // Names are normalised as pip does, so that llama_factory and LLaMA-Factory are one.
    private const string List = "import importlib.metadata as m, re; print('\\n'.join(sorted({re.sub('[-_.]+', '-', d.metadata['Name']).lower() + '==' + d.version for d in m.distributions() if d.metadata['Name']})))";

    /// <param name="command">What runs the tool, up to the file of the configuration.</param>
    /// <param name="folder">Where the files of the run lie.</param>
    public static string Of(TrainingTool tool, string command, string version, string configuration, string folder)
    {
        string run = tool.HasConfiguration ? $"{command} {RunFolder.Quote(configuration)}" : command;
        if (tool.Distribution is not { } distribution)
        {
            return $"sh -c {RunFolder.Quote(run)}";
        }

        // The Python beside the program is that of its environment.
        string program = command.Split(' ')[0], list = RunFolder.Quote(Path.Combine(folder, EnvironmentFile));
        string script = $"""
            program=$(command -v {RunFolder.Quote(program)}) || exit {NotFound}
            python=$(dirname "$program")/python; [ -x "$python" ] || python=python3
            "$python" -c {RunFolder.Quote(List)} >{list} || exit {OtherVersion}
            grep -qxF {RunFolder.Quote($"{distribution}=={version}")} {list} || exit {OtherVersion}
            {run}
            """;
        return $"sh -c {RunFolder.Quote(script.ReplaceLineEndings("\n"))}";
    }

    /// <summary>Which version an environment has; empty when it has none.</summary>
    public static string Installed(TrainingTool tool, string folder)
    {
        string path = Path.Combine(folder, EnvironmentFile);
        string begin = $"{tool.Distribution}==";
        return File.Exists(path) ? File.ReadLines(path).FirstOrDefault(l => l.StartsWith(begin, StringComparison.Ordinal))?[begin.Length..] ?? "" : "";
    }
}
