using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Makes of other model projects what this one uses of them.</summary>
[MSBuildMultiThreadableTask]
public sealed class Resolve : WorkerTask
{
    private protected override Receipt? RunStage()
    {
        ProjectInputs inputs = Inputs;
        var request = new ResolveRequest(inputs, Files, Worker(inputs), Store(inputs), fact => Earlier?[fact], StoreBound);
        if (Pipeline.Resolve.Run(request, StageLog, Cancellation) is not { } result)
        {
            return null;
        }

        var receipt = new Receipt();
        foreach ((string name, string value) in result.Facts)
        {
            receipt.Fact(name, value);
        }

        return receipt.Files(result.Written);
    }
}
