using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Computes the training key.</summary>
[MSBuildMultiThreadableTask]
public sealed class Fingerprint : ReceiptTask
{
    [Output]
    public string TrainingKey { get; set; } = "";

    private protected override Receipt RunStage()
    {
        ProjectInputs inputs = Inputs;
        FingerprintResult result = Pipeline.Fingerprint.Run(new FingerprintRequest(inputs, Files, TypedSettings.Require(inputs)), StageLog, Cancellation);
        TrainingKey = result.Key.ToString();
        return new Receipt().Fact("key", TrainingKey).File(Files.Fingerprint);
    }
}
