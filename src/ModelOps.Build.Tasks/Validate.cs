using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Checks the project and its data before any work.</summary>
[MSBuildMultiThreadableTask]
public sealed class Validate : ReceiptTask
{
    private const string Data = "data";

    private protected override Receipt? RunStage()
    {
        ValidateResult? result = Pipeline.Validate.Run(new ValidateRequest(Inputs, Files, Earlier?[Data]), StageLog, Cancellation);
        return result is null ? null : new Receipt().Fact(Data, result.DataKey).Files(result.Written);
    }
}
