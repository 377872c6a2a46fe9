using ModelOps.Backends.Deployments;
using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Answering;

/// <summary>A model that a provider serves only while it is deployed.</summary>
internal sealed record ServedModel(TrainerDescription Trainer, Uri Url, string KeyVariable, DeploymentOrder Order);

/// <summary>The models of one evaluation that have to be deployed: made when the first question is open, gone when the evaluation ends, however it ends.</summary>
/// <param name="environment">Reads an environment variable; null: those of this process.</param>
internal sealed class ServedModels(string storeRoot, IStageLog log, CancellationToken cancellation, Func<string, string?>? environment = null)
{
    private readonly DeploymentRecords _records = new(storeRoot);
    private readonly Dictionary<(string Trainer, Uri Url, string Key), (IDeploymentHost Host, TemporaryDeployments Deployments)> _open = [];

    /// <summary>How a model is asked: as it is, or under the name of its deployment, which is ready then.</summary>
    public EndpointOptions Reach(EndpointModel model)
        => model.Served is not { } served ? model.Options
            : model.Options with { Model = Deployments(served).DeployAsync(served.Order, cancellation).GetAwaiter().GetResult().AskedAs, IsFresh = true };

    /// <summary>Work that asks, and the removal of what was deployed for it.</summary>
    /// <exception cref="DiagnosticException">What the work threw; or <c>MOPS3128</c>: it is done, and something could not be removed.</exception>
    public T During<T>(Func<T> work)
    {
        bool done = false;
        try
        {
            T result = work();
            done = true;
            return result;
        }
        finally
        {
            Remove(quietly: !done);
        }
    }

    /// <summary>Removes what builds that were killed have left, where this store knows of any: an evaluation that has nothing to ask would not come to it. A failure is a warning.</summary>
    public void Sweep(EndpointModel model)
    {
        if (model.Served is not { } served || TemporaryDeployments.Known(_records, served.Trainer, served.Url) is not { Count: > 0 and var count })
        {
            return;
        }

        try
        {
            Deployments(served).SweepAsync(cancellation).GetAwaiter().GetResult();
        }
        catch (DiagnosticException e)
        {
            log.Report(DeploymentErrors.NotSwept(served.Trainer.Name, count, e.Diagnostic.Message));
        }
        finally
        {
            Remove(quietly: true);
        }
    }

    private TemporaryDeployments Deployments(ServedModel served)
    {
        (string, Uri, string) account = (served.Trainer.Name, served.Url, served.KeyVariable);
        if (!_open.TryGetValue(account, out (IDeploymentHost Host, TemporaryDeployments Deployments) open))
        {
            var connection = new TrainerConnection(served.Url, served.KeyVariable, environment ?? Environment.GetEnvironmentVariable);
            IDeploymentHost host = served.Trainer.Serve!(connection);
            _open[account] = open = (host, new TemporaryDeployments(served.Trainer, connection, host, _records, log));
        }

        return open.Deployments;
    }

    private void Remove(bool quietly)
    {
        DiagnosticException? left = null;
        foreach ((IDeploymentHost host, TemporaryDeployments deployments) in _open.Values)
        {
            using (host)
            {
                try
                {
                    deployments.RemoveAsync().GetAwaiter().GetResult();
                }
                catch (DiagnosticException e)
                {
                    left = e;
                }
            }
        }

        _open.Clear();
        if (left is not null && !quietly)
        {
            throw left;
        }

        if (left is not null)
        {
            log.Report(left.Diagnostic); // Beside what ended the evaluation.
        }
    }
}
