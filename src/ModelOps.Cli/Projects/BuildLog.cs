using System.Globalization;
using System.Text.RegularExpressions;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Projects;

/// <summary>Reads warnings and errors in MSBuild's canonical form, <c>origin(line,column): error CODE: text [project]</c>.</summary>
internal static partial class BuildLog
{
    public static IReadOnlyList<Diagnostic> Read(string path) => File.Exists(path) ? Parse(File.ReadLines(path)) : [];

    public static IReadOnlyList<Diagnostic> Parse(IEnumerable<string> lines)
    {
        var found = new List<Diagnostic>();
        foreach (Match match in lines.Select(l => Line().Match(l)).Where(m => m.Success))
        {
            string origin = match.Groups["origin"].Value.Trim();
            SourceLocation? at = origin.Length == 0 ? null : new SourceLocation(origin, Number(match.Groups["line"]), Number(match.Groups["column"]));
            DiagnosticSeverity severity = match.Groups["severity"].Value == "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning;
            var diagnostic = new Diagnostic(match.Groups["code"].Value, severity, match.Groups["text"].Value, at);
            if (!found.Contains(diagnostic))
            {
                found.Add(diagnostic);
            }
        }

        return found;
    }

    private static int Number(Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^\s*(?<origin>.*?)(\((?<line>\d+)(,(?<column>\d+))?(,\d+,\d+)?\))?\s*:\s+(?<severity>error|warning)\s+(?<code>[A-Za-z]+\d+)\s*:\s(?<text>.*?)(\s\[[^\[\]]*\])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
