using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Makes rows of raw sources.</summary>
[MSBuildMultiThreadableTask]
public sealed class Prepare : ReceiptTask
{
    private const string Key = "key";

    /// <summary>What this stage makes is no input of it.</summary>
    private protected override bool SeesResolved => false;

    private protected override Receipt? RunStage()
    {
        PrepareResult? result = Pipeline.Prepare.Run(new PrepareRequest(Inputs, Files, Earlier?[Key], Files.Prepared), StageLog, Cancellation);
        return result is null ? null : new Receipt().Fact(Key, result.Key).Files(result.Written);
    }
}
