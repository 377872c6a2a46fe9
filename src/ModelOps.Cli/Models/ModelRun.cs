using ModelOps.Cli.Projects;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Cli.Models;

/// <summary>One request to the worker from the command line.</summary>
/// <param name="Input">A file or <c>-</c>.</param>
/// <param name="Output">A file or <c>-</c>.</param>
/// <param name="Worker">Null: the one in the tool's package.</param>
/// <param name="Quantization">Null: the model as it is stored.</param>
internal sealed record ModelRun(string Model, string Input, string Output, int Threads, string? Worker, string? Quantization = null)
{
    /// <param name="verb">Whose progress this is, for people.</param>
    /// <param name="request">Makes the request from the paths of its input and output.</param>
    public int Run(string verb, LineShape shape, Func<string, string, WorkerRequest> request, Terminal terminal, CancellationToken cancellation)
    {
        WorkerInput input = ReadInput(shape, terminal);
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("modelops-");
        var log = new TerminalLog(terminal);
        try
        {
            string inputFile = Path.Combine(scratch.FullName, "input.jsonl");
            string outputFile = Output == ModelOptions.Standard ? Path.Combine(scratch.FullName, "output.jsonl") : Path.GetFullPath(Output);
            input.Write(inputFile);
            try
            {
                WorkerProcess.Run(Host(scratch.FullName), request(inputFile, outputFile), verb, log, cancellation);
            }
            catch (DiagnosticException failure) when (failure.Diagnostic.Location is { } at && at.File == inputFile)
            {
                throw new DiagnosticException(failure.Diagnostic with { Location = input.Original(at) }, failure);
            }

            if (!File.Exists(outputFile))
            {
                throw WorkerErrors.OutputMissing(verb, outputFile);
            }

            if (Output == ModelOptions.Standard)
            {
                Copy(outputFile, terminal.Out);
            }

            return ExitCode.Ok;
        }
        finally
        {
            log.Finish();
            scratch.Delete(recursive: true);
        }
    }

    /// <param name="workDirectory">Where the request is put.</param>
    public WorkerHost Host(string workDirectory)
        => new(Worker ?? Path.Combine(AppContext.BaseDirectory, "worker", "ModelOps.Worker.dll"), DotnetHost.Path, workDirectory, Threads);

    private WorkerInput ReadInput(LineShape shape, Terminal terminal)
    {
        if (Input == ModelOptions.Standard)
        {
            using Stream standard = terminal.In();
            return WorkerInput.Read(standard, "(standard input)", shape);
        }

        try
        {
            using FileStream file = File.OpenRead(Input);
            return WorkerInput.Read(file, Input, shape);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(CliErrors.UnreadableInput(Input, failure), failure);
        }
    }

    private static void Copy(string from, TextWriter to)
    {
        foreach (string line in File.ReadLines(from))
        {
            to.Write(line + "\n");
        }
    }
}
