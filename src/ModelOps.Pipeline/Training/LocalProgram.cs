using System.Diagnostics;
using ModelOps.Backends.Clusters;
using ModelOps.Backends.Commands;
using ModelOps.Core.Artifacts;
using ModelOps.Pipeline.Workers;
using WorkerRequest = ModelOps.Core.Protocol.TrainRequest;

namespace ModelOps.Pipeline.Training;

/// <summary>Runs a training's program on this machine, in a folder that goes with it.</summary>
internal static class LocalProgram
{
    public static WorkerRun Run(ITrainingProgram program, WorkerRequest work, CancellationToken cancellation)
    {
        string folder = work.Output + ".run";
        try
        {
            Directory.CreateDirectory(folder);
            WorkerRequest inside = work with { Output = Path.Combine(folder, "result") };
            string command = program.Prepare(inside, folder);
            program.Output.Begin();
            var clock = Stopwatch.StartNew();
            int code = Execute(program.Output, command, folder, cancellation);
            WorkerRun run = program.Outcome(inside, folder, code);
            FolderSwap.Replace(work.Output, inside.Output);
            return run with { Result = run.Result with { Seconds = clock.Elapsed.TotalSeconds } };
        }
        finally
        {
            FolderSwap.Delete(folder);
        }
    }

    private static int Execute(IRunOutput output, string command, string folder, CancellationToken cancellation)
    {
        using Process process = ShellProcess.Start(command, folder);
        using CancellationTokenRegistration registration = cancellation.Register(() => ShellProcess.Kill(process));
        process.StandardInput.Close();
        Task errors = Read(process.StandardError, output.Error);
        Read(process.StandardOutput, output.Output).GetAwaiter().GetResult();
        errors.GetAwaiter().GetResult();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode;
    }

    private static Task Read(StreamReader stream, Action<string> take) => Task.Run(() =>
    {
        while (stream.ReadLine() is { } line)
        {
            take(line);
        }
    });
}
