using ModelOps.Backends.Clusters;
using ModelOps.Pipeline.Workers;
using WorkerRequest = ModelOps.Core.Protocol.TrainRequest;

namespace ModelOps.Pipeline.Training;

/// <summary>A training as a program: what the shell is to run, how its words are read and what it leaves. Where it runs is another's business.</summary>
internal interface ITrainingProgram
{
    IRunOutput Output { get; }

    /// <summary>Writes what the program reads into a folder of its own; may be called again for the same folder.</summary>
    /// <param name="work">With every path as the program is to see it.</param>
    /// <returns>A line for the shell.</returns>
    string Prepare(WorkerRequest work, string folder);

    /// <summary>What came of it.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException">The program failed, or what it has left is no result.</exception>
    WorkerRun Outcome(WorkerRequest work, string folder, int exitCode);
}
