using ModelOps.Backends.Clusters;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Workers;
using WorkerRequest = ModelOps.Core.Protocol.TrainRequest;

namespace ModelOps.Pipeline.Training;

/// <summary>A worker that runs elsewhere than under <see cref="WorkerProcess"/>: the same request, the same events.</summary>
internal sealed class WorkerProgram(WorkerHost host, IStageLog log) : ITrainingProgram
{
    private readonly WorkerEvents _events = new(Names.Train, "train", log);

    public IRunOutput Output => _events;

    public string Prepare(WorkerRequest work, string folder)
    {
        if (!File.Exists(host.WorkerPath))
        {
            throw WorkerErrors.NotFound(host.WorkerPath);
        }

        string file = Path.Combine(folder, "request.json");
        (work with { Threads = host.Threads }).Write(file);
        return string.Join(' ', WorkerProcess.Command(host, file).Select(RunFolder.Quote));
    }

    public WorkerRun Outcome(WorkerRequest work, string folder, int exitCode) => _events.Outcome(exitCode);
}
