using System.Globalization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Clusters;

/// <summary>What can go wrong with clusters: MOPS3170 to MOPS3177.</summary>
public static class ClusterErrors
{
    public static DiagnosticException NotInstalled(string cluster, string program) => Error("MOPS3170",
        $"Trainer is '{cluster.ToLowerInvariant()}', and there is no program '{program}' on the PATH. Build on a machine that may submit jobs to {cluster}, or choose another Trainer: the result is the same.");

    public static DiagnosticException Refused(string cluster, string said) => Error("MOPS3171",
        $"{cluster} refuses the job: {Clean(said)} Correct SlurmOptions, account or partition.");

    public static DiagnosticException Silent(string cluster, TimeSpan time, string last) => Error("MOPS3172", string.Create(CultureInfo.InvariantCulture,
        $"{cluster} has not answered for {time.TotalMinutes:0} minutes: {Clean(last)} A job that was submitted goes on there: build again to follow it."));

    public static Diagnostic BadOptions(string value, string why, SourceLocation? at) => Diagnostic.Error("MOPS3173",
        $"SlurmOptions is '{Clean(value)}': {why}. Expected options of sbatch that ask for resources, such as --partition=gpu --gres=gpu:1 --time=8:00:00.", at);

    public static DiagnosticException Cancelled(string cluster, string job) => Error("MOPS3174",
        $"The job {Clean(job)} was cancelled at {cluster}. The next build submits a new one, which goes on from the last checkpoint.");

    public static DiagnosticException NoProgress(string cluster, string job, string status, int times) => Error("MOPS3175", string.Create(CultureInfo.InvariantCulture,
        $"The job {Clean(job)} at {cluster} ended as {Clean(status)}{(times > 1 ? $", as {times} did in a row," : "")} without a checkpoint since it was submitted, so another would not get further. Ask for more time in SlurmOptions, or lower ModelOpsCheckpointSteps."));

    public static DiagnosticException OutOfMemory(string cluster, string job) => Error("MOPS3176",
        $"The job {Clean(job)} needed more memory than {cluster} gave it. Ask for more in SlurmOptions (--mem=…), or lower BatchSize or MaxSequenceLength.");

    public static DiagnosticException NotStarted(string cluster, string job, string folder, string said) => Error("MOPS3177",
        $"The job {Clean(job)} at {cluster} ended as {Clean(said)} before its script had begun. Does every node see '{folder}' under this path, and may it write there? Set SlurmDirectory to a folder that all machines share.");

    private static string Clean(string text) => ForeignText.Clean(text, 300);

    private static DiagnosticException Error(string code, string message) => new(Diagnostic.Error(code, message));
}
