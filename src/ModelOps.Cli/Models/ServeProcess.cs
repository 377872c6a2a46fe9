using System.ComponentModel;
using System.Diagnostics;
using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Cli.Models;

/// <summary>The server as a process of its own: what it says is passed on as it comes, and it ends when this process does.</summary>
internal static class ServeProcess
{
    /// <returns>The server's exit code; <see cref="ExitCode.Ok"/> where it was asked to stop and did.</returns>
    public static async Task<int> RunAsync(ServeRequest request, string? server, Terminal terminal, CancellationToken cancellation)
    {
        string path = PathOf(server);
        if (!File.Exists(path))
        {
            throw new DiagnosticException(CliErrors.NoServer(path));
        }

        string file = Path.Combine(Path.GetTempPath(), $"modelops-serve-{Guid.NewGuid():N}.json");
        request.Write(file);
        try
        {
            using Process process = Start(path, file);
            Task output = CopyAsync(process.StandardOutput, terminal.Out), error = CopyAsync(process.StandardError, terminal.Error);
            await using CancellationTokenRegistration stopping = cancellation.Register(() => Stop(process));
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            await Task.WhenAll(output, error).ConfigureAwait(false);
            return process.ExitCode;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The server's assembly or executable, there or not.</summary>
    /// <param name="server">Null: the one that the tool brings.</param>
    public static string PathOf(string? server) => server ?? Path.Combine(AppContext.BaseDirectory, "serve", "ModelOps.Serve.dll");

    private static Process Start(string path, string request)
    {
        bool managed = path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(managed ? DotnetHost.Path : path, managed ? ["exec", path, request] : [request])
        {
            // It is never written to: its end tells the server that nobody is there any more.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new DiagnosticException(CliErrors.NoDotnet(start.FileName, failure), failure);
        }
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to)
    {
        while (await from.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            await to.WriteLineAsync(line).ConfigureAwait(false);
        }
    }

    /// <summary>The end of its input asks it to stop, as a signal would; requests under way are answered first.</summary>
    private static void Stop(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has gone already.
        }
    }
}
