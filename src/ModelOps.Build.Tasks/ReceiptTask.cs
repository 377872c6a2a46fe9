using Microsoft.Build.Framework;
using ModelOps.Pipeline.Files;

namespace ModelOps.Build.Tasks;

/// <summary>A stage that leaves a receipt when it succeeded, and none when it did not: without one, the next build runs it again.</summary>
public abstract class ReceiptTask : DataTask
{
    private Receipt? _receipt;

    [Required]
    public string Directory { get; set; } = "";

    [Required]
    public string Receipt { get; set; } = "";

    private protected StageFiles Files => new(Path.TrimEndingDirectorySeparator(Directory));

    /// <summary>What this stage left last time, when all of it is still there as written.</summary>
    private protected Receipt? Earlier { get; private set; }

    private protected sealed override void ExecuteCore()
    {
        Earlier = Pipeline.Files.Receipt.Read(Receipt) is { } earlier && earlier.Holds() ? earlier : null;
        Pipeline.Files.Receipt.Withdraw(Receipt);
        _receipt = RunStage();
    }

    /// <summary>The stage's receipt; null when it reported errors.</summary>
    private protected abstract Receipt? RunStage();

    private protected sealed override bool Finish()
    {
        _receipt?.Write(Receipt);
        return _receipt is not null;
    }
}
