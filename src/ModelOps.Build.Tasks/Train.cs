using Microsoft.Build.Framework;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Sharing;
using ModelOps.Pipeline.Training;

namespace ModelOps.Build.Tasks;

/// <summary>Makes the adapter of the training key: at hand, from the store, or trained now in a worker.</summary>
[MSBuildMultiThreadableTask]
public sealed class Train : WorkerTask
{
    private const string Key = "key";

    /// <summary>Steps between two checkpoints; 0: none. It changes no result, so it is no <c>ModelOpsSetting</c>.</summary>
    public string CheckpointSteps { get; set; } = "";

    /// <summary>Trainings at a time among all builds that use the store; 0: no limit. It changes no result, so it is no <c>ModelOpsSetting</c>.</summary>
    public string MaxParallelTraining { get; set; } = "1";

    /// <summary>What a training elsewhere may cost; like the next two it changes no result, so it is no <c>ModelOpsSetting</c>.</summary>
    public string Budget { get; set; } = "0";

    /// <summary>What it may cost whatever the budget; empty: no such limit. It changes no result.</summary>
    public string MaxCost { get; set; } = "";

    /// <summary>False: a training elsewhere is begun, and a later build collects it.</summary>
    public string Wait { get; set; } = "true";

    /// <summary>A cancelled build cancels its job elsewhere.</summary>
    public string CancelRemoteOnExit { get; set; } = "false";

    /// <summary>A job elsewhere is under way and nobody waits: there is nothing to evaluate yet.</summary>
    [Output]
    public bool Pending { get; set; }

    /// <summary>The feed that the model, or what it was made of, came from unsigned; empty when it may be packed.</summary>
    [Output]
    public string Unsigned { get; set; } = "";

    private protected override bool IsLast => Pending;

    private protected override bool EndsWithout => Pending;

    private protected override Receipt? RunStage()
    {
        ProjectInputs inputs = Inputs;
        ActionKey? current = Earlier?[Key] is { } key ? ActionKey.Parse(key) : null;
        var request = new TrainRequest(inputs, Files, TypedSettings.Require(inputs), Worker(inputs), Store(inputs), current, StoreBound)
        {
            CheckpointSteps = Count(CheckpointSteps, Names.ModelOpsCheckpointSteps, "a whole number, 0 (never) or more", inputs),
            MaxParallelTraining = Count(MaxParallelTraining, Names.ModelOpsMaxParallelTraining, "a whole number, 0 (no limit) or more", inputs),
            Cache = Cache(inputs),
            Remote = new RemoteOptions
            {
                Budget = BudgetOf(Budget, inputs),
                MaxCost = LimitOf(Names.ModelOpsMaxTrainingCost, MaxCost, inputs),
                Wait = !Wait.Equals("false", StringComparison.OrdinalIgnoreCase),
                CancelOnExit = PropertyNames.IsTrue(CancelRemoteOnExit),
            },
            CurrentOrigin = Earlier?[Names.Unsigned] is { } feed && Earlier[Names.UnsignedReference] is null ? new ResultOrigin(feed, Unsigned: true) : ResultOrigin.Here,
        };
        TrainResult result = Pipeline.Train.Run(request, StageLog, Cancellation);
        Pending = result.Outcome == TrainOutcome.Pending;
        if (Pending)
        {
            return null;
        }

        string reference = inputs.References.FirstOrDefault(r => r.Unsigned.Length > 0)?.Unsigned ?? "";
        Unsigned = result.Origin.Unsigned ? result.Origin.Feed : reference;
        Receipt receipt = Believed(Unsigned.Length > 0 ? Unsigned : null);
        return (reference.Length > 0 && !result.Origin.Unsigned ? receipt.Fact(Names.UnsignedReference, "true") : receipt).Fact(Key, result.Key.ToString()).Fact(Names.Said, result.Sentence)
            .Files(System.IO.Directory.GetFiles(Files.Adapter, "*", SearchOption.AllDirectories));
    }
}
