using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Reporting;

/// <summary>Which files of a report a build writes: the property <c>ModelOpsReport</c>, a list with semicolons.</summary>
[Flags]
public enum ReportFormats
{
    None = 0,

    /// <summary><c>index.html</c>.</summary>
    Html = 1,

    /// <summary><c>summary.md</c>, and the job's summary where CI names one.</summary>
    Markdown = 2,

    /// <summary><c>junit.xml</c> and <c>junit-rows.xml</c>.</summary>
    JUnit = 4,

    /// <summary><c>modelops.sarif</c>.</summary>
    Sarif = 8,
}

/// <summary>Reads <see cref="ReportFormats"/>.</summary>
public static class ReportFormatsText
{
    private static readonly char[] s_separators = [';', ','];
    private static readonly string[] s_words = [.. Enum.GetNames<ReportFormats>().Select(n => n.ToLowerInvariant())];

    /// <summary>Null when a word is none of the list; reported at the property's place.</summary>
    public static ReportFormats? Read(ProjectInputs inputs, Func<string, SourceLocation> placeOf, IStageLog log)
    {
        ReportFormats formats = ReportFormats.None;
        foreach (string word in Words(inputs))
        {
            if (!Enum.TryParse(word, ignoreCase: true, out ReportFormats format) || !s_words.Contains(word.ToLowerInvariant()))
            {
                log.Report(ReportErrors.UnknownFormat(word, s_words, placeOf(Names.ModelOpsReport)));
                return null;
            }

            formats |= format;
        }

        return formats;
    }

    /// <summary>Whether a word is there, whatever the others are: asked by stages that run before anything is checked.</summary>
    public static bool Has(ProjectInputs inputs, ReportFormats format)
        => Words(inputs).Any(word => word.Equals(format.ToString(), StringComparison.OrdinalIgnoreCase));

    private static string[] Words(ProjectInputs inputs)
        => inputs.Setting(Names.ModelOpsReport).Split(s_separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Reports: MOPS5300 to MOPS5309.</summary>
public static class ReportErrors
{
    public static Diagnostic UnknownFormat(string word, IReadOnlyList<string> known, SourceLocation at)
        => Diagnostic.Error("MOPS5300", $"ModelOpsReport names '{ForeignText.Clean(word)}', which is no kind of report.{NearMiss.Hint(word, known)} Known, with semicolons between: {string.Join(", ", known)}.", at is { File: null } ? null : at);
}
