using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Checks the project and its data before any work.</summary>
[MSBuildMultiThreadableTask]
public sealed class Validate : WorkerTask
{
    private const string Data = "data";

    private protected override Receipt? RunStage()
    {
        ProjectInputs inputs = Inputs;
        ValidateResult? result = Pipeline.Validate.Run(new ValidateRequest(inputs, Files, Earlier?[Data]) { Worker = Worker(inputs) }, StageLog, Cancellation);
        return result is null ? null : new Receipt().Fact(Data, result.DataKey).Files(result.Written);
    }
}
