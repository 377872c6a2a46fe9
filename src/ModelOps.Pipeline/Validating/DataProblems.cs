using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Validating;

/// <summary>
/// <c>problems.txt</c>: everything that is wrong or doubtful in the data, one line each in the form that compilers use, paths relative to the project. A build that does not read
/// the data again says from it what it said when it did.
/// </summary>
internal sealed partial class DataProblems(IStageLog inner, string projectDirectory, SeverityRules severities, SourceMap sources) : IStageLog
{
    private readonly List<Diagnostic> _all = [];

    /// <summary>Everything, with places relative to the project.</summary>
    public IReadOnlyList<Diagnostic> All => [.. _all.Select(d => d with { Location = Relative(d.Location, projectDirectory) })];

    public void Report(Diagnostic diagnostic) => Pass(diagnostic, shown: true);

    public void Record(Diagnostic diagnostic) => Pass(diagnostic, shown: false);

    public void Message(string text, bool important = false) => inner.Message(text, important);

    public void Progress(StageProgress progress) => inner.Progress(progress);

    public void Write(string path)
    {
        var text = new StringBuilder();
        foreach (Diagnostic diagnostic in All)
        {
            text.Append(diagnostic).Append('\n');
        }

        AtomicFile.WriteIfDifferent(path, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Puts what is found of some codes in the place of what the file lists of them.</summary>
    public static void Replace(string path, string projectDirectory, IReadOnlyCollection<string> codes, IEnumerable<Diagnostic> found)
    {
        IEnumerable<string> others = (File.Exists(path) ? File.ReadAllLines(path) : []).Where(l => !codes.Contains(Line().Match(l).Groups["code"].Value));
        string text = string.Concat(others.Concat(found.Select(d => (d with { Location = Relative(d.Location, projectDirectory) }).ToString())).Select(l => l + '\n'));
        AtomicFile.WriteIfDifferent(path, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Says again what the file lists, but for what is looked for in every run.</summary>
    public static void Repeat(string path, string projectDirectory, IStageLog log)
    {
        var findings = new Findings();
        int order = 0;
        foreach (string line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            if (Line().Match(line) is { Success: true } match && !RowLengths.Codes.Contains(match.Groups["code"].Value))
            {
                string file = match.Groups["file"].Value;
                SourceLocation? at = file == "modelops" ? null : new SourceLocation(Path.GetFullPath(file, projectDirectory), Number(match.Groups["line"]), Number(match.Groups["column"]));
                DiagnosticSeverity severity = match.Groups["severity"].Value switch { "error" => DiagnosticSeverity.Error, "warning" => DiagnosticSeverity.Warning, _ => DiagnosticSeverity.Info };
                findings.Add(new Diagnostic(match.Groups["code"].Value, severity, match.Groups["message"].Value, at), order++);
            }
        }

        findings.Report(log, DataFindings.MoreFindings);
    }

    private void Pass(Diagnostic diagnostic, bool shown)
    {
        diagnostic = sources.Of(diagnostic);
        if (severities.Of(diagnostic) is not { } severity)
        {
            return;
        }

        diagnostic = diagnostic with { Severity = severity };

        // How many are not shown is no problem of the data.
        if (diagnostic.Code != "MOPS1021")
        {
            lock (_all)
            {
                _all.Add(diagnostic);
            }
        }

        if (shown && severity != DiagnosticSeverity.Info)
        {
            inner.Report(diagnostic);
        }
        else
        {
            inner.Record(diagnostic);
        }
    }

    private static SourceLocation? Relative(SourceLocation? at, string projectDirectory)
        => at is { } place ? place with { File = Path.GetRelativePath(projectDirectory, Path.GetFullPath(place.File, projectDirectory)).Replace('\\', '/') } : null;

    private static int Number(Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^(?<file>.*?)(?:\((?<line>\d+)(?:,(?<column>\d+))?\))?: (?<severity>error|warning|info) (?<code>MOPS\d{4}): (?<message>.*)$")]
    private static partial Regex Line();
}
