using Microsoft.Build.Framework;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Reporting;

namespace ModelOps.Build.Tasks;

/// <summary>A stage that leaves a receipt when it succeeded, and none when it did not: without one, the next build runs it again.</summary>
public abstract class ReceiptTask : DataTask
{
    private Receipt? _receipt;
    private HeldProject? _project;

    [Required]
    public string Directory { get; set; } = "";

    [Required]
    public string Receipt { get; set; } = "";

    /// <summary>The build goes on to Gate, so the project's lock is kept from stage to stage.</summary>
    public bool WholeBuild { get; set; }

    private protected StageFiles Files => new(Path.TrimEndingDirectorySeparator(Directory));

    /// <summary>What this stage left last time, when all of it is still there as written.</summary>
    private protected Receipt? Earlier { get; private set; }

    /// <summary>The feed that the model of an earlier stage came from unsigned; null when it may be packed.</summary>
    private protected string? UnsignedBy(string stage)
        => Pipeline.Files.Receipt.Read(Path.Combine(Path.GetDirectoryName(Receipt)!, stage))?[Names.Unsigned];

    /// <summary>A receipt that passes on what is believed of the model.</summary>
    private protected static Receipt Believed(string? unsigned) => unsigned is null ? new Receipt() : new Receipt().Fact(Names.Unsigned, unsigned);

    /// <summary>A fact of the last run, unless that run worked on a model that was believed in another way: one key, other bytes.</summary>
    private protected string? EarlierFact(string name, string? unsigned) => Earlier?[Names.Unsigned] == unsigned ? Earlier?[name] : null;

    private protected sealed override void ExecuteCore()
    {
        _project = new HeldProject(BuildEngine, Files.Directory);
        _project.Enter(Inputs.ProjectName, StageLog, Cancellation);
        Earlier = Pipeline.Files.Receipt.Read(Receipt) is { } earlier && earlier.Holds() ? earlier : null;
        Pipeline.Files.Receipt.Withdraw(Receipt);
        _receipt = RunStage();
    }

    /// <summary>The stage's receipt; null when it reported errors.</summary>
    private protected abstract Receipt? RunStage();

    /// <summary>No stage follows in any build.</summary>
    private protected virtual bool IsLast => false;

    /// <summary>The stage has succeeded so far and has no result yet: it leaves no receipt, so the next build goes on with it.</summary>
    private protected virtual bool EndsWithout => false;

    private protected sealed override void Leave(bool succeeded)
    {
        if (_project is not null)
        {
            KeepFindings();
        }

        _project?.Leave(succeeded && WholeBuild && !IsLast);
    }

    // A file for CI to read must not be what breaks a build that has already said what is wrong.
    private void KeepFindings()
    {
        try
        {
            if (ReportFormatsText.Has(Inputs, ReportFormats.Sarif))
            {
                ProblemFile.Update(Files.Sarif, GetType().Name, Reported, Inputs.ProjectDirectory);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Log.LogMessage(MessageImportance.High, "{0}", $"  {Files.Sarif} was not written: {failure.Message}");
        }
    }

    private protected sealed override bool Finish()
    {
        _receipt?.Write(Receipt);
        return _receipt is not null || EndsWithout;
    }
}
