using ModelOps.Backends.Deployments;
using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers;
using ModelOps.Backends.Trainers.OpenAi;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Answering;

namespace ModelOps.Pipeline.Tests.Answering;

/// <summary>Around an evaluation: what is deployed for its questions is gone after it, however it ends.</summary>
public sealed class ServedModelsTests : IDisposable
{
    private static readonly Uri s_url = new("https://provider.test/v1");
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();
    private readonly Host _host = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_is_asked_under_the_name_of_its_deployment_and_one_that_always_answers_under_its_own()
    {
        ServedModels served = Served();

        (string tuned, string again, string always) = served.During(() => (served.Reach(Tuned()).Model, served.Reach(Tuned()).Model, served.Reach(Tuned() with { Served = null }).Model));

        Assert.StartsWith(DeploymentName.Prefix, tuned, StringComparison.Ordinal);
        Assert.Equal((tuned, "ft-1"), (again, always));
        Assert.Empty(_host.Standing);
        Assert.Equal(1, _host.Disposed);
    }

    [Fact]
    public void An_evaluation_that_breaks_leaves_nothing_and_its_own_error()
    {
        ServedModels served = Served();

        Assert.Throws<InvalidOperationException>(() => served.During<int>(() =>
        {
            served.Reach(Tuned());
            throw new InvalidOperationException("broken");
        }));

        Assert.Empty(_host.Standing);
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void What_cannot_be_removed_is_the_error_or_stands_beside_it()
    {
        _host.Keeps = true;
        ServedModels served = Served();
        Assert.Equal("MOPS3128", Assert.Throws<DiagnosticException>(() => served.During(() => served.Reach(Tuned()))).Diagnostic.Code);

        _host.Keeps = false;
        Assert.Throws<OperationCanceledException>(() => served.During<int>(() =>
        {
            served.Reach(Tuned());
            _host.Keeps = true;
            throw new OperationCanceledException();
        }));
        Assert.Equal("MOPS3128", Assert.Single(_log.Codes));
    }

    [Fact]
    public void Leftovers_are_removed_even_where_nothing_is_asked_and_nobody_is_bothered_where_there_are_none()
    {
        Served().Sweep(Tuned());
        Assert.Equal(0, _host.Disposed); // not even opened
        Leave();

        Served().Sweep(Tuned());
        Assert.Empty(_host.Standing);

        Leave();
        _host.Failure = new DiagnosticException(Diagnostic.Error("MOPS3103", "no key"));
        Served().Sweep(Tuned());
        Assert.Equal(["MOPS3129"], _log.Codes);
        Assert.Single(_host.Standing);
    }

    /// <summary>What a build that was killed leaves: the deployment, and its record with a free lock.</summary>
    private void Leave()
    {
        string name = DeploymentName.Make("ft-1", DateTimeOffset.UtcNow);
        new DeploymentRecords(_folder.Path).Begin(new DeploymentRecord("openai", s_url.AbsoluteUri, name, "ft-1")).Dispose();
        _host.Standing.Add(name);
    }

    private ServedModels Served() => new(_folder.Path, _log, CancellationToken.None, _ => "key");

    private EndpointModel Tuned() => new(new EndpointOptions("tuned", s_url, "ft-1"))
    {
        Served = new ServedModel(OpenAiDescription.Trainer with { Serve = _ => _host }, s_url, "KEY", new DeploymentOrder("ft-1", Tuned: true)),
    };

    private sealed class Host : IDeploymentHost
    {
        public HashSet<string> Standing { get; } = [];

        public bool Keeps { get; set; }

        public DiagnosticException? Failure { get; set; }

        public int Disposed { get; private set; }

        public void Dispose() => Disposed++;

        public Task<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<Deployment>>([]);

        public Task CreateAsync(string name, DeploymentOrder order, CancellationToken cancellation) => Task.FromResult(Standing.Add(name));

        public Task<Deployment?> GetAsync(string name, CancellationToken cancellation)
            => Task.FromResult(Standing.Contains(name) ? new Deployment(name, DeploymentState.Ready, "Ready") : null);

        public Task DeleteAsync(string name, CancellationToken cancellation)
            => Failure is not null ? throw Failure : Keeps ? throw new DiagnosticException(Diagnostic.Error("MOPS3108", "refused")) : Task.FromResult(Standing.Remove(name));
    }
}
