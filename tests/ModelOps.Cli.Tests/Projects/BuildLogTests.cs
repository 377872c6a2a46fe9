using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Tests.Projects;

public sealed class BuildLogTests
{
    [Theory]
    [InlineData("data/train/a b.jsonl(37,12): error MOPS1001: text [/x/T.csproj]", "MOPS1001", DiagnosticSeverity.Error, "text", "data/train/a b.jsonl", 37, 12)]
    [InlineData("T.csproj(4): error MOPS5001: ExactMatch [0.1, 0.2] (n = 3) [/x/T.csproj]", "MOPS5001", DiagnosticSeverity.Error, "ExactMatch [0.1, 0.2] (n = 3)", "T.csproj", 4, 0)]
    [InlineData("/x/T.csproj : warning NU1701: text", "NU1701", DiagnosticSeverity.Warning, "text", "/x/T.csproj", 0, 0)]
    [InlineData("C:\\x (1)\\T.csproj(4,5): error MSB4057: text", "MSB4057", DiagnosticSeverity.Error, "text", "C:\\x (1)\\T.csproj", 4, 5)]
    [InlineData("MSBUILD : error MSB1009: Project file does not exist.", "MSB1009", DiagnosticSeverity.Error, "Project file does not exist.", "MSBUILD", 0, 0)]
    public void Reads_the_canonical_form(string line, string code, DiagnosticSeverity severity, string text, string file, int number, int column)
        => Assert.Equal(new Diagnostic(code, severity, text, new SourceLocation(file, number, column)), Assert.Single(BuildLog.Parse([line])));

    [Fact]
    public void Other_lines_are_none_and_repeated_ones_count_once()
    {
        string[] lines = ["Build started.", "a.txt: error MOPS1001: x", "  a.txt: error MOPS1001: x", "the word error occurs: here"];

        Assert.Single(BuildLog.Parse(lines));
    }
}
