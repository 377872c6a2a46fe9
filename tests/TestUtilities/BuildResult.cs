using System.Text.RegularExpressions;

namespace ModelOps.TestUtilities;

/// <summary>A finished build.</summary>
/// <param name="Ran">The verbs that the mock worker was asked for, in order.</param>
public sealed partial record BuildResult(int ExitCode, string Output, IReadOnlyList<string> Ran)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Codes of all errors and warnings, once each.</summary>
    public IReadOnlyList<string> Codes => [.. CodePattern().Matches(Output).Select(m => m.Groups[1].Value).Distinct()];

    [GeneratedRegex(@"(?:error|warning) ([A-Z]+\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex CodePattern();
}
