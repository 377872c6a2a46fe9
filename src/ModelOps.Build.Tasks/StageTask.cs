using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline;
using ModelOps.Pipeline.Configuration;
using Task = Microsoft.Build.Utilities.Task;

namespace ModelOps.Build.Tasks;

/// <summary>What all tasks share: the border where an expected failure becomes one coded error. Anything else is a bug and stays an exception.</summary>
public abstract class StageTask : Task, ICancelableTask, IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly List<Diagnostic> _reported = [];

    [Required]
    public string ProjectFile { get; set; } = "";

    /// <summary>Project files that may set properties, for names and places; those that exist are read.</summary>
    public string[] ProjectFiles { get; set; } = [];

    /// <summary>The items <c>ModelOpsSetting</c>: every property that a stage reads.</summary>
    [Required]
    public ITaskItem[] Settings { get; set; } = [];

    private protected CancellationToken Cancellation => _cancellation.Token;

    private protected IStageLog StageLog => field ??= new RecordedLog(new TaskLog(Log, ProjectFile), _reported);

    /// <summary>What this stage has said with a code.</summary>
    private protected IReadOnlyList<Diagnostic> Reported => _reported;

    public sealed override bool Execute()
    {
        bool succeeded = false;
        try
        {
            ExecuteCore();
            succeeded = !Log.HasLoggedErrors && Finish();
        }
        catch (DiagnosticException failure)
        {
            StageLog.Report(failure.Diagnostic);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return false; // Ctrl-C is no error: MSBuild says itself that the build was cancelled.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            StageLog.Report(HostErrors.FileSystem(GetType().Name, failure));
        }
        finally
        {
            Leave(succeeded);
        }

        return succeeded;
    }

    public void Cancel() => _cancellation.Cancel();

    public void Dispose()
    {
        _cancellation.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract void ExecuteCore();

    /// <summary>Runs when no error was logged, warnings turned into errors included.</summary>
    private protected virtual bool Finish() => true;

    /// <summary>Runs last, whatever happened.</summary>
    private protected virtual void Leave(bool succeeded)
    {
    }

    private protected virtual ProjectInputs Inputs => new()
    {
        ProjectFile = ProjectFile,
        ProjectFiles = ProjectFiles,
        Settings = ItemConversion.Settings(Settings),
    };
}
