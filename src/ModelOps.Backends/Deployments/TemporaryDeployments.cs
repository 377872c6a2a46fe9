using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Deployments;

/// <summary>
/// Deployments that live while one build asks them. A record lies in the store before each is asked for; all are removed on the way out, whatever the way; and what a
/// build that was killed has left is removed before the next is made. Rules: <c>docs/decisions/0334-deployments-live-as-long-as-a-build-asks.md</c>.
/// </summary>
/// <param name="host">Of one account; stays the caller's.</param>
public sealed class TemporaryDeployments(TrainerDescription trainer, TrainerConnection connection, IDeploymentHost host, DeploymentRecords records, IStageLog log)
{
    /// <summary>One of ours that is older than this, and of which this store knows nothing, was left by a build of another machine. Evaluations end sooner.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromHours(4);

    private static readonly TimeSpan s_firstPoll = TimeSpan.FromSeconds(2), s_slowestPoll = TimeSpan.FromSeconds(15), s_readyWithin = TimeSpan.FromHours(1), s_patience = TimeSpan.FromMinutes(2);
    private const int RemovalLooks = 5, MissingLooks = 3;
    private readonly Dictionary<DeploymentOrder, Deployment> _ready = [];
    private readonly List<HeldDeployment> _held = [];
    private bool _swept;

    private EndpointClock Clock => connection.Clock;

    private string Url => connection.Url.AbsoluteUri;

    /// <summary>What this store knows of at an account: in use, or left.</summary>
    public static IReadOnlyList<DeploymentRecord> Known(DeploymentRecords records, TrainerDescription trainer, Uri url)
        => [.. records.All().Where(r => r.Trainer == trainer.Name && r.Url == url.AbsoluteUri)];

    /// <summary>The deployment, ready to be asked; the same one when the same is asked for again.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS3127</c>: it does not come to be; or the provider refuses.</exception>
    public async Task<Deployment> DeployAsync(DeploymentOrder order, CancellationToken cancellation)
    {
        if (_ready.TryGetValue(order, out Deployment? ready))
        {
            return ready;
        }

        if (!_swept)
        {
            await SweepAsync(cancellation).ConfigureAwait(false);
            _swept = true;
        }

        string name = DeploymentName.Make(order.Model, Clock.Now());
        _held.Add(records.Begin(new DeploymentRecord(trainer.Name, Url, name, order.Model)));
        log.Message($"  {trainer.Title}: {ForeignText.Clean(order.Model, 80)} is deployed as {name} while it is asked", important: true);
        await host.CreateAsync(name, order, cancellation).ConfigureAwait(false);
        return _ready[order] = await ReadyAsync(order, name, cancellation).ConfigureAwait(false);
    }

    /// <summary>Removes what was deployed. It is not cancelled with the build: it is what a cancelled build still has to do.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS3128</c>: something could not be removed; the next build tries again.</exception>
    public async Task RemoveAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        var left = new List<string>();
        string why = "";
        try
        {
            foreach (HeldDeployment held in _held)
            {
                try
                {
                    await RemoveAsync(held, patience.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (e is DiagnosticException or OperationCanceledException)
                {
                    left.Add(held.Record.Name);
                    why = e is DiagnosticException coded ? coded.Diagnostic.Message : "it took longer than two minutes.";
                }
            }
        }
        finally
        {
            _held.ForEach(h => h.Dispose());
            _held.Clear();
            _ready.Clear();
        }

        if (left.Count > 0)
        {
            throw DeploymentErrors.NotRemoved(trainer.Name, left, why);
        }
    }

    /// <summary>Removes what builds that are gone have left: those that this store remembers, and, older than <see cref="Lease"/>, those that only their name tells of.</summary>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        IReadOnlyList<DeploymentRecord> known = Known(records, trainer, connection.Url);
        foreach (DeploymentRecord record in known)
        {
            using HeldDeployment? held = records.TryTake(record);
            if (held is not null)
            {
                await RemoveAsync(held, cancellation).ConfigureAwait(false);
                log.Message($"  {trainer.Title}: {record.Name} was left by a build that is gone, and is removed", important: true);
            }
        }

        DateTimeOffset old = Clock.Now() - Lease;
        HashSet<string> names = [.. known.Select(r => r.Name)];
        foreach (Deployment listed in await host.ListAsync(cancellation).ConfigureAwait(false))
        {
            if (listed.State != DeploymentState.Deleting && !names.Contains(listed.Name) && DeploymentName.MadeAt(listed.Name) < old)
            {
                await host.DeleteAsync(listed.Name, cancellation).ConfigureAwait(false);
                log.Message($"  {trainer.Title}: {listed.Name} is older than {Lease.TotalHours:0} hours, and is removed", important: true);
            }
        }
    }

    private async Task<Deployment> ReadyAsync(DeploymentOrder order, string name, CancellationToken cancellation)
    {
        DateTimeOffset began = Clock.Now();
        TimeSpan pause = s_firstPoll;
        for (int missing = 0; ;)
        {
            Deployment? seen = await host.GetAsync(name, cancellation).ConfigureAwait(false);
            missing = seen is null ? missing + 1 : 0;
            if (seen is { State: DeploymentState.Ready })
            {
                return seen;
            }

            if (seen is { State: DeploymentState.Failed or DeploymentState.Deleting } || missing > MissingLooks)
            {
                throw DeploymentErrors.NotServed(trainer.Name, order, name, seen is null ? "it is not there." : seen.Problem ?? $"it is {seen.Status}.");
            }

            if (Clock.Now() - began > s_readyWithin)
            {
                throw DeploymentErrors.NotServed(trainer.Name, order, name, $"after an hour it is {seen?.Status ?? "not there"}.");
            }

            log.Progress(new StageProgress($"Deploy at {trainer.Title}", 0, 0, $"{ForeignText.Clean(seen?.Status ?? "asked for", 40)}, {(Clock.Now() - began).TotalMinutes:0} min"));
            await Clock.Delay(pause, cancellation).ConfigureAwait(false);
            pause = pause * 1.5 < s_slowestPoll ? pause * 1.5 : s_slowestPoll;
        }
    }

    /// <summary>
    /// A provider may say yes and mean later, so it is looked at again until it is gone or going; and one that is still busy with another deployment (a conflict, for as
    /// long as a minute) is asked again.
    /// </summary>
    private async Task RemoveAsync(HeldDeployment held, CancellationToken cancellation)
    {
        string name = held.Record.Name;
        for (int look = 0; look < RemovalLooks; look++)
        {
            try
            {
                await host.DeleteAsync(name, cancellation).ConfigureAwait(false);
                if (await host.GetAsync(name, cancellation).ConfigureAwait(false) is null or { State: DeploymentState.Deleting })
                {
                    held.Forget();
                    return;
                }
            }
            catch (DiagnosticException e) when (e.Diagnostic.Code == TrainerErrors.GaveUpCode && look + 1 < RemovalLooks)
            {
                log.Message($"  {trainer.Title}: {e.Diagnostic.Message}");
            }

            await Clock.Delay(s_firstPoll * (look + 1), cancellation).ConfigureAwait(false);
        }

        throw DeploymentErrors.NotRemoved(trainer.Name, [name], "its removal was accepted, and it is still there.");
    }
}
