using System.ComponentModel;
using System.Diagnostics;

namespace ModelOps.Backends.Clusters.Slurm;

/// <summary>The programs of the machine that builds.</summary>
public sealed class SlurmTools : ISlurmTools
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public async Task<ToolAnswer> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        using Process process = Start(program, arguments);
        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token), errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            return new ToolAnswer(process.ExitCode, await output.ConfigureAwait(false), (await errors.ConfigureAwait(false)).Trim());
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ClusterSilentException($"{program} said nothing for {s_patience.TotalMinutes:0} minutes");
        }
        finally
        {
            Commands.ShellProcess.Kill(process);
        }
    }

    private static Process Start(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception)
        {
            throw ClusterErrors.NotInstalled(SlurmCluster.Name, program);
        }
    }
}
