using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Judges the evaluation; a missed gate fails the build.</summary>
[MSBuildMultiThreadableTask]
public sealed class Gate : ReceiptTask
{
    private const string Key = "key";

    /// <summary><c>passed</c>, <c>failed</c>, <c>inconclusive</c> or <c>off</c>.</summary>
    [Output]
    public string Verdict { get; set; } = "";

    private protected override bool IsLast => true;

    private string TrainingSaid
        => Pipeline.Files.Receipt.Read(Path.Combine(Path.GetDirectoryName(Receipt)!, Names.Train))?[Names.Said] ?? "";

    private protected override Receipt? RunStage()
    {
        ProjectInputs inputs = Inputs;
        if (GateItems.Read(inputs, ProjectXml.Load(inputs), TypedSettings.Require(inputs).GatesEnabled, new StageReport(StageLog)) is not { } gates)
        {
            return null;
        }

        string? unsigned = UnsignedBy(Names.Evaluate);
        Pipeline.GateResult result = Pipeline.Gate.Run(new GateRequest(inputs, Files, gates, TrainingSaid, EarlierFact(Key, unsigned)), StageLog);
        Verdict = result.Outcome.ToString().ToLowerInvariant();
        return result.MayShip ? Believed(unsigned).Fact(Key, result.Key.ToString()).Fact("verdict", Verdict).Fact("summary", result.Summary).Files([Files.Verdict, Files.Summary]) : null;
    }
}
