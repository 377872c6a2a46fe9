using System.Text;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Configuration;

/// <summary>
/// The severity that a project gives a code: <c>dotnet_diagnostic.MOPS####.severity</c> in the <c>.editorconfig</c> files from the project's folder upwards, and warnings
/// that <c>NoWarn</c> names. What makes a row unusable, or a score worthless, stays an error whatever they say.
/// </summary>
public sealed class SeverityRules
{
    // Errors that a person may decide to live with.
    private static readonly HashSet<string> s_choosable = new(["MOPS1040", "MOPS1048"], StringComparer.Ordinal);

    private readonly string _projectFile;
    private readonly List<EditorConfig> _configs = []; // nearest first
    private readonly HashSet<string> _noWarn;
    private readonly Dictionary<string, Diagnostic> _complaints = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Code, string File), DiagnosticSeverity?> _known = [];
    private readonly Lock _lock = new();

    private SeverityRules(string projectFile, string noWarn)
    {
        _projectFile = projectFile;
        _noWarn = [.. noWarn.Split([';', ',', ' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(c => c.ToUpperInvariant())];
    }

    /// <summary>What decides severities, as text: two equal ones decide alike.</summary>
    public string Text { get; private set; } = "";

    /// <summary>What is wrong with the rules that were applied so far.</summary>
    public IReadOnlyCollection<Diagnostic> Complaints => _complaints.Values;

    /// <summary>The files that may say something about a project's diagnostics, whether they exist or not; the nearest first.</summary>
    public static IEnumerable<string> Files(string projectDirectory)
    {
        for (string? folder = projectDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            yield return Path.Combine(folder, EditorConfig.FileName);
        }
    }

    public static SeverityRules Load(ProjectInputs inputs)
    {
        var rules = new SeverityRules(inputs.ProjectFile, inputs.Setting(Names.NoWarn));
        var text = new StringBuilder();
        foreach (string path in Files(inputs.ProjectDirectory).Where(File.Exists))
        {
            string[] lines = File.ReadAllLines(path);
            EditorConfig config = EditorConfig.Parse(path, lines);
            rules._configs.Add(config);
            string[] ours = [.. lines.Select(l => l.Trim()).Where(l => l.StartsWith('[') || l.Contains("MOPS", StringComparison.OrdinalIgnoreCase))];
            text.AppendJoin('\n', ours.Length > 0 && ours.Any(l => !l.StartsWith('[')) ? ours : []).Append('\n');
            if (config.IsRoot)
            {
                break;
            }
        }

        rules.Text = text.AppendJoin(';', rules._noWarn.Where(c => c.StartsWith("MOPS", StringComparison.Ordinal)).Order(StringComparer.Ordinal)).ToString();
        return rules;
    }

    /// <summary>A diagnostic's severity; null: it is not wanted. Safe from several threads.</summary>
    public DiagnosticSeverity? Of(Diagnostic diagnostic)
    {
        string file = diagnostic.Location?.File ?? _projectFile;
        lock (_lock)
        {
            if (!_known.TryGetValue((diagnostic.Code, file), out DiagnosticSeverity? severity))
            {
                severity = _known[(diagnostic.Code, file)] = Decide(diagnostic, Path.GetFullPath(file, Path.GetDirectoryName(_projectFile)!));
            }

            return severity;
        }
    }

    private DiagnosticSeverity? Decide(Diagnostic diagnostic, string file)
    {
        DiagnosticSeverity? wanted = Configured(diagnostic, file);
        if (diagnostic.Severity == DiagnosticSeverity.Error && wanted != DiagnosticSeverity.Error && !s_choosable.Contains(diagnostic.Code))
        {
            return DiagnosticSeverity.Error;
        }

        // NoWarn silences warnings, as it does everywhere.
        return wanted != DiagnosticSeverity.Error && _noWarn.Contains(diagnostic.Code) ? null : wanted;
    }

    private DiagnosticSeverity? Configured(Diagnostic diagnostic, string file)
    {
        string name = $"dotnet_diagnostic.{diagnostic.Code}.severity";
        foreach (EditorConfig config in _configs)
        {
            if (config.Find(name, file) is not { } found)
            {
                continue;
            }

            var at = new SourceLocation(config.Path, found.Line);
            DiagnosticSeverity? wanted = found.Value.ToUpperInvariant() switch
            {
                "ERROR" => DiagnosticSeverity.Error,
                "WARNING" => DiagnosticSeverity.Warning,
                "SUGGESTION" or "SILENT" or "INFO" => DiagnosticSeverity.Info,
                "NONE" => null,
                "DEFAULT" => diagnostic.Severity,
                _ => Complain(ConfigurationErrors.UnknownSeverity(diagnostic.Code, found.Value, at), diagnostic.Severity),
            };
            return wanted != DiagnosticSeverity.Error && diagnostic.Severity == DiagnosticSeverity.Error && !s_choosable.Contains(diagnostic.Code)
                ? Complain(ConfigurationErrors.SeverityIsFixed(diagnostic.Code, at), diagnostic.Severity) : wanted;
        }

        return diagnostic.Severity;
    }

    private DiagnosticSeverity Complain(Diagnostic complaint, DiagnosticSeverity severity)
    {
        _complaints.TryAdd(complaint.Message, complaint);
        return severity;
    }
}
