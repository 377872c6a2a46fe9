using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;
using ModelOps.Core.Reporting.Data;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Reporting;

/// <summary>The data card and the data report, written by Validate whatever it found: broken data is when one wants to look.</summary>
internal static class DataReportFiles
{
    /// <summary>What decides the files beside the data: equal texts, equal files.</summary>
    public static string KeyOf(ProjectInputs inputs) => $"{DataReport.Version} {ReportFormatsText.Has(inputs, ReportFormats.Html)} {inputs.ProjectName}";

    public static void Write(ProjectInputs inputs, StageFiles files, IReadOnlyList<Dataset> datasets, IReadOnlyList<Diagnostic> problems, Findings findings)
    {
        SourceMap sources = Preparing.SourceItems.MapOf(inputs);
        var input = new DataReportInput
        {
            Title = inputs.ProjectName,
            Sets = [.. DataSummary.Of(datasets).Select(set => set with { Samples = [.. set.Samples.Select(s => Placed(s, inputs, sources))] })],
            Problems = problems,
            Counts = findings.Counts,
            Found = findings.Found,
            Prepared = inputs.Prepared is { } prepared ? PreparedRecord.TryRead(prepared.Record) : null,
            Licenses = new Dictionary<DatasetKind, IReadOnlyList<string>>
            {
                [DatasetKind.Training] = LicensesOf(inputs.TrainingData),
                [DatasetKind.Validation] = LicensesOf(inputs.ValidationData),
                [DatasetKind.Evaluation] = LicensesOf(inputs.EvalData),
                [DatasetKind.Regression] = LicensesOf(inputs.RegressionData),
                [DatasetKind.Sealed] = LicensesOf(inputs.SealedData),
            },
        };
        AtomicFile.WriteIfDifferent(files.DataCard, Encoding.UTF8.GetBytes(DataCard.Write(input)));
        if (ReportFormatsText.Has(inputs, ReportFormats.Html))
        {
            AtomicFile.WriteIfDifferent(files.DataReport, DataReport.Write(input));
        }
        else
        {
            File.Delete(files.DataReport);
        }
    }

    /// <summary>The files that are there.</summary>
    public static IEnumerable<string> Written(StageFiles files) => ((string[])[files.DataCard, files.DataReport]).Where(File.Exists);

    private static RowSample Placed(RowSample sample, ProjectInputs inputs, SourceMap sources)
    {
        SourceLocation at = sources.FileOf(new SourceLocation(Path.GetFullPath(sample.File, inputs.ProjectDirectory), sample.Line));
        return sample with { File = Path.GetRelativePath(inputs.ProjectDirectory, at.File).Replace('\\', '/'), Line = at.Line };
    }

    private static string[] LicensesOf(IReadOnlyList<ProjectItem> items) => [.. items.Select(i => i[Names.License]).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
