using System.Text;

namespace ModelOps.Cli.Tests;

/// <summary>One run of the command line inside the test process.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Error)
{
    public static async Task<ToolRun> OfAsync(string[] args, string input = "")
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(output, error, () => new MemoryStream(Encoding.UTF8.GetBytes(input)));
        int exitCode = await CommandLine.RunAsync(args, terminal);
        return new ToolRun(exitCode, output.ToString(), error.ToString());
    }
}
