using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Clusters.Slurm;

/// <summary>
/// Slurm by its own programs: sbatch, squeue, scancel, and sacct where the site keeps accounts. State words: the manual page of squeue, <c>JOB STATE CODES</c>.
/// </summary>
public sealed class SlurmCluster(SlurmOptions options, ISlurmTools tools) : ICluster
{
    public const string Name = "Slurm";

    private bool _hasAccounts = true;

    public string Title => Name;

    public async Task<IReadOnlyList<ClusterJob>> FindAsync(string name, CancellationToken cancellation)
    {
        // All states: a job that is over is shown for some minutes more (MinJobAge).
        ToolAnswer queue = await tools.RunAsync("squeue", ["--me", "--noheader", "--states=all", $"--name={name}", "--format=%A|%T|%r|%N"], cancellation).ConfigureAwait(false);
        if (queue.ExitCode != 0)
        {
            throw new ClusterSilentException(Short(queue));
        }

        List<ClusterJob> jobs = [.. Lines(queue).Select(OfQueue).OfType<ClusterJob>()];
        return jobs.Count > 0 ? jobs : await RememberedAsync(name, cancellation).ConfigureAwait(false);
    }

    public async Task<string> SubmitAsync(ClusterOrder order, CancellationToken cancellation)
    {
        string[] arguments =
        [
            .. options.Resources,
            "--parsable", $"--job-name={order.Name}", $"--chdir={order.Folder}", $"--output={Path.Combine(order.Folder, "log")}", "--open-mode=append", "--requeue",
            "--dependency=singleton", $"--export={string.Join(',', SlurmOptions.Usual.Concat(options.Variables).Distinct(StringComparer.Ordinal))}", order.Script,
        ];
        ToolAnswer answer = await tools.RunAsync("sbatch", arguments, cancellation).ConfigureAwait(false);
        if (answer.ExitCode == 0 && answer.Output.Trim().Split(';')[0] is { Length: > 0 } id && id.All(char.IsAsciiDigit))
        {
            return id;
        }

        // Only a refusal is certain; whatever looks like the network may have left a job.
        throw answer.ExitCode != 0 && IsRefusal(answer.Errors) ? ClusterErrors.Refused(Name, Short(answer)) : new ClusterSilentException(Short(answer));
    }

    public async Task CancelAsync(string id, CancellationToken cancellation)
    {
        ToolAnswer answer = await tools.RunAsync("scancel", [id], cancellation).ConfigureAwait(false);
        if (answer.ExitCode != 0 && !answer.Errors.Contains("Invalid job id", StringComparison.OrdinalIgnoreCase) && !answer.Errors.Contains("already completing or completed", StringComparison.OrdinalIgnoreCase))
        {
            throw new ClusterSilentException(Short(answer));
        }
    }

    /// <summary>One of Slurm's words in ours.</summary>
    public static ClusterState StateOf(string word) => word switch
    {
        "PENDING" or "CONFIGURING" or "REQUEUED" or "REQUEUE_HOLD" or "REQUEUE_FED" or "RESV_DEL_HOLD" or "SPECIAL_EXIT" or "POWER_UP_NODE" => ClusterState.Waiting,
        "RUNNING" or "COMPLETING" or "SUSPENDED" or "STOPPED" or "STAGE_OUT" or "SIGNALING" or "RESIZING" or "EXPEDITING" or "UPDATE_DB" => ClusterState.Running,
        "COMPLETED" or "FAILED" => ClusterState.Ended,
        "CANCELLED" or "REVOKED" => ClusterState.Cancelled,
        "PREEMPTED" or "NODE_FAIL" or "BOOT_FAIL" or "LAUNCH_FAILED" or "RECONFIG_FAIL" => ClusterState.Evicted,
        "TIMEOUT" or "DEADLINE" => ClusterState.OutOfTime,
        "OUT_OF_MEMORY" => ClusterState.OutOfMemory,
        _ => ClusterState.Unknown,
    };

    // A site without accounts forgets a job some minutes after its end; then the job's own folder says how it ended.
    private async Task<IReadOnlyList<ClusterJob>> RememberedAsync(string name, CancellationToken cancellation)
    {
        if (!_hasAccounts)
        {
            return [];
        }

        try
        {
            ToolAnswer accounts = await tools.RunAsync("sacct", ["--allocations", "--noheader", "--parsable2", $"--name={name}", "--starttime=now-14days", "--format=JobIDRaw,State"], cancellation).ConfigureAwait(false);
            _hasAccounts = accounts.ExitCode == 0;
            return _hasAccounts ? [.. Lines(accounts).Select(OfAccounts).OfType<ClusterJob>()] : [];
        }
        catch (DiagnosticException)
        {
            _hasAccounts = false; // There is no sacct.
            return [];
        }
    }

    private static ClusterJob? OfQueue(string line)
        => line.Split('|') is [var id, var state, var reason, var nodes] && id.Length > 0 ? new ClusterJob(id, StateOf(state), Words(state, StateOf(state) == ClusterState.Waiting ? reason : nodes)) : null;

    // The state may carry who did it: CANCELLED by 1000.
    private static ClusterJob? OfAccounts(string line)
        => line.Split('|') is [var id, var state] && id.Length > 0 ? new ClusterJob(id, StateOf(state.Split(' ')[0]), state) : null;

    private static string Words(string state, string detail) => detail is "" or "None" or "(null)" ? state : $"{state} ({detail})";

    private static bool IsRefusal(string errors)
        => !errors.Contains("Unable to contact", StringComparison.OrdinalIgnoreCase) && !errors.Contains("Socket timed out", StringComparison.OrdinalIgnoreCase)
            && !errors.Contains("Zero Bytes", StringComparison.OrdinalIgnoreCase) && !errors.Contains("temporarily", StringComparison.OrdinalIgnoreCase)
            && !errors.Contains("Connection", StringComparison.OrdinalIgnoreCase) && errors.Length > 0;

    private static string[] Lines(ToolAnswer answer) => answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Short(ToolAnswer answer) => answer.Errors.Length > 0 ? answer.Errors.Split('\n')[^1] : $"exit code {answer.ExitCode}, and nothing was said";
}
