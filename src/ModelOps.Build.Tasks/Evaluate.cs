using Microsoft.Build.Framework;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>Lets candidate, prompts and floors answer the held-out rows and scores them.</summary>
[MSBuildMultiThreadableTask]
public sealed class Evaluate : WorkerTask
{
    private const string Key = "key";

    /// <summary>What endpoints may charge; like the next one it changes no result, so it is no <c>ModelOpsSetting</c>.</summary>
    public string Budget { get; set; } = "0";

    /// <summary>What they may charge whatever the budget; empty: no such limit. It changes no result.</summary>
    public string MaxCost { get; set; } = "";

    /// <summary>Nothing is asked; <c>eval.lock</c> has all answers, or the stage fails.</summary>
    public string Locked { get; set; } = "";

    private protected override Receipt? RunStage()
    {
        ProjectInputs inputs = Inputs;
        TypedSettings settings = TypedSettings.Require(inputs);
        if (GateItems.Read(inputs, ProjectXml.Load(inputs), settings.GatesEnabled, new StageReport(StageLog)) is not { } gates)
        {
            return null;
        }

        string? unsigned = UnsignedBy(Names.Train);
        var request = new EvaluateRequest(inputs, Files, settings, gates, Worker(inputs), Store(inputs), EarlierFact(Key, unsigned), StoreBound)
        {
            Cache = Cache(inputs),
            UnsignedModel = unsigned is not null,
            Budget = BudgetOf(Budget, inputs),
            MaxCost = LimitOf(Names.ModelOpsMaxEvaluationCost, MaxCost, inputs),
            Locked = PropertyNames.IsTrue(Locked),
        };
        EvaluateResult result = Pipeline.Evaluate.Run(request, StageLog, Cancellation);
        Receipt receipt = Believed(unsigned).Fact(Key, result.Key.ToString()).File(Files.Evaluation);
        return inputs.EvalLockFile.Length > 0 ? receipt.File(inputs.EvalLockFile) : receipt;
    }
}
