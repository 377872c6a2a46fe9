using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Reporting;

namespace ModelOps.Build.Tasks;

/// <summary>Judges the evaluation; a missed gate fails the build.</summary>
[MSBuildMultiThreadableTask]
public sealed class Gate : ReceiptTask
{
    private const string Key = "key";
    private const string Report = "report";

    /// <summary><c>passed</c>, <c>failed</c>, <c>inconclusive</c> or <c>off</c>.</summary>
    [Output]
    public string Verdict { get; set; } = "";

    /// <summary>The file of CI that shows a job's summary.</summary>
    public string JobSummary { get; set; } = "";

    private protected override bool IsLast => true;

    private string TrainingSaid
        => Pipeline.Files.Receipt.Read(Path.Combine(Path.GetDirectoryName(Receipt)!, Names.Train))?[Names.Said] ?? "";

    private protected override Receipt? RunStage()
    {
        ProjectInputs inputs = Inputs;
        ProjectXml xml = ProjectXml.Load(inputs);
        if (ReportFormatsText.Read(inputs, xml.PropertyLocation, StageLog) is not { } formats
            || GateItems.Read(inputs, xml, TypedSettings.Require(inputs).GatesEnabled, new StageReport(StageLog)) is not { } gates)
        {
            return null;
        }

        string? unsigned = UnsignedBy(Names.Evaluate);
        var request = new GateRequest(inputs, Files, gates, TrainingSaid, EarlierFact(Key, unsigned)) { Reports = formats, CurrentReport = Earlier?[Report], JobSummary = JobSummary };
        Pipeline.GateResult result = Pipeline.Gate.Run(request, StageLog);
        Verdict = result.Outcome.ToString().ToLowerInvariant();
        return result.MayShip
            ? Believed(unsigned).Fact(Key, result.Key.ToString()).Fact("verdict", Verdict).Fact("summary", result.Summary).Fact(Report, result.ReportKey)
                .Files([Files.Verdict, Files.Summary, .. result.Reports])
            : null;
    }
}
