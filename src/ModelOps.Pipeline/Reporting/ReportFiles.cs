using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Reporting;

/// <summary>The report of a build under <c>obj/modelops/report/</c>, written by Gate whatever it decided: a missed gate is when one wants to look.</summary>
public static class ReportFiles
{
    private const string TrainingFile = "training.json";

    /// <summary>What the files are made of: equal keys, equal files.</summary>
    public static string KeyOf(ActionKey gate, ReportFormats formats, StageFiles files) => new KeyFields()
        .Add("gateKey", gate)
        .Add("formats", (int)formats)
        .Add("version", HtmlReport.Version)
        .Add("training", DigestOf(Path.Combine(files.Adapter, TrainingFile)))
        .Add("measured", DigestOf(files.Measurements)).ToKey("report").ToString();

    /// <summary>Writes what is asked for, deletes what was written before and is not asked for any more, and returns the files.</summary>
    /// <param name="jobSummary">The file that CI shows as the summary of its job; empty outside of CI.</param>
    public static IReadOnlyList<string> Write(ReportInput input, ReportFormats formats, StageFiles files, string jobSummary)
    {
        (ReportFormats Format, string Path, Func<byte[]> Content)[] all =
        [
            (ReportFormats.Html, files.HtmlReport, () => HtmlReport.Write(input)),
            (ReportFormats.Markdown, files.MarkdownReport, () => Encoding.UTF8.GetBytes(SummaryMarkdown.Write(input))),
            (ReportFormats.JUnit, files.JUnitGates, () => JUnitXml.Gates(input)),
            (ReportFormats.JUnit, files.JUnitRows, () => JUnitXml.Rows(input)),
        ];
        Directory.CreateDirectory(files.Report);
        var written = new List<string>();
        foreach ((ReportFormats format, string path, Func<byte[]> content) in all)
        {
            if (formats.HasFlag(format))
            {
                AtomicFile.WriteIfDifferent(path, content());
                written.Add(path);
            }
            else if (File.Exists(path))
            {
                File.Delete(path);
            }
        }

        if (formats.HasFlag(ReportFormats.Markdown) && jobSummary.Length > 0)
        {
            File.AppendAllText(jobSummary, SummaryMarkdown.Write(input) + "\n");
        }

        return written;
    }

    /// <summary>The files of these formats.</summary>
    public static IReadOnlyList<string> Paths(StageFiles files, ReportFormats formats) =>
    [
        .. formats.HasFlag(ReportFormats.Html) ? (string[])[files.HtmlReport] : [],
        .. formats.HasFlag(ReportFormats.Markdown) ? (string[])[files.MarkdownReport] : [],
        .. formats.HasFlag(ReportFormats.JUnit) ? (string[])[files.JUnitGates, files.JUnitRows] : [],
    ];

    /// <summary>What a build left: its evaluation, its verdict where it was passed on that, the curve and the measurements.</summary>
    public static ReportInput Read(StageFiles files, string title)
    {
        EvaluationReport report = EvaluationJson.Read(files.Evaluation);
        Verdict? verdict = File.Exists(files.Verdict) ? VerdictJson.Read(files.Verdict) : null;

        // A verdict on an earlier evaluation says nothing about this one.
        return Of(files, title, report, verdict?.EvaluationKey == report.Key ? verdict : null);
    }

    public static ReportInput Of(StageFiles files, string title, EvaluationReport report, Verdict? verdict) => new()
    {
        Title = title,
        Report = report,
        Verdict = verdict,
        Training = TrainingCurve.TryRead(Path.Combine(files.Adapter, TrainingFile)),
        Measured = MeasuredRun.TryRead(files.Measurements),
    };

    private static string DigestOf(string path) => File.Exists(path) ? Digest.OfFile(path).ToString() : "";
}
