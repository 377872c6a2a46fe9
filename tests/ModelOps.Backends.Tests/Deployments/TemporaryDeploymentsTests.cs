using ModelOps.Backends.Deployments;
using ModelOps.Backends.Trainers;
using ModelOps.Backends.Trainers.OpenAi;

namespace ModelOps.Backends.Tests.Deployments;

public sealed class TemporaryDeploymentsTests : IDisposable
{
    private static readonly DeploymentOrder s_tuned = new("gpt-x.ft-1", Tuned: true);
    private readonly TemporaryFolder _folder = new();
    private readonly VirtualClock _time = new();
    private readonly MemoryHost _host = new();
    private readonly SilentLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_there_while_it_is_asked_and_gone_afterwards()
    {
        TemporaryDeployments build = Build("here");

        Deployment deployed = await build.DeployAsync(s_tuned, default);

        Assert.Equal($"{Assert.Single(_host.Standing)}@1", deployed.AskedAs);
        Assert.Same(deployed, await build.DeployAsync(s_tuned, default));
        Assert.Single(Records("here").All());
        await build.RemoveAsync();
        Assert.Empty(_host.Standing);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder["here"], "deployments")));
        Assert.Equal(["list", "create gpt-x.ft-1", "get", "get", "get", "delete", "get"], _host.Calls);
    }

    [Fact]
    public async Task The_record_lies_there_before_it_is_asked_for()
    {
        string[] before = [];
        _host.Fault = (what, after) =>
        {
            before = what.StartsWith("create", StringComparison.Ordinal) && !after ? Directory.GetFiles(Path.Combine(_folder["here"], "deployments"), "*.json") : before;
            return null;
        };

        await Build("here").DeployAsync(s_tuned, default);

        Assert.Equal(Assert.Single(_host.Standing), Path.GetFileNameWithoutExtension(Assert.Single(before)));
    }

    [Fact]
    public async Task What_a_build_that_was_killed_has_left_is_removed_before_the_next_deploys()
    {
        bool gone = false;
        _host.Fault = (what, after) => (gone |= what.StartsWith("create", StringComparison.Ordinal) && after) ? new KilledException() : null;
        TemporaryDeployments killed = Build("here");
        await Assert.ThrowsAsync<KilledException>(() => killed.DeployAsync(s_tuned, default));
        await EndAsync(killed);
        string left = Assert.Single(_host.Standing);
        _host.Fault = (_, _) => null;

        await Build("here").DeployAsync(s_tuned, default);

        Assert.NotEqual(left, Assert.Single(_host.Standing));
        Assert.Contains(_log.Messages, m => m.Contains(left, StringComparison.Ordinal) && m.Contains("is removed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_somebody_uses_stays_and_what_nobody_remembers_goes_when_it_is_old()
    {
        TemporaryDeployments living = Build("here"), other = Build("there");
        await living.DeployAsync(s_tuned, default);
        string used = Assert.Single(_host.Standing);
        _host.Standing.Add("production");
        _host.Standing.Add("modelops-eval-mine");

        await Build("here").SweepAsync(default);
        await other.SweepAsync(default);
        Assert.Contains(used, _host.Standing);

        await _time.Clock.Delay(TemporaryDeployments.Lease + TimeSpan.FromMinutes(1), default);
        await Build("here").SweepAsync(default);
        Assert.Contains(used, _host.Standing); // its build lives, and this store knows that
        await other.SweepAsync(default);
        Assert.Equal(["modelops-eval-mine", "production"], _host.Standing.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_that_fails_or_never_comes_is_one_error_and_is_removed()
    {
        foreach ((bool fails, int readyAfter) in new[] { (true, 2), (false, int.MaxValue) })
        {
            (_host.Fails, _host.ReadyAfter) = (fails, readyAfter);
            TemporaryDeployments build = Build("here");

            DiagnosticException failure = await Assert.ThrowsAsync<DiagnosticException>(() => build.DeployAsync(s_tuned, default));
            await build.RemoveAsync();

            Assert.Equal("MOPS3127", failure.Diagnostic.Code);
            Assert.Contains(fails ? "no capacity" : "after an hour it is Creating", failure.Diagnostic.Message, StringComparison.Ordinal);
            Assert.Empty(_host.Standing);
        }
    }

    [Fact]
    public async Task A_build_that_is_cancelled_still_removes()
    {
        using var end = new CancellationTokenSource();
        _host.Fault = (what, _) =>
        {
            if (what == "get")
            {
                end.Cancel();
            }

            return null;
        };
        TemporaryDeployments build = Build("here");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => build.DeployAsync(s_tuned, end.Token));
        await build.RemoveAsync();

        Assert.Empty(_host.Standing);
    }

    [Fact]
    public async Task What_cannot_be_removed_is_an_error_and_the_next_build_s_to_remove()
    {
        TemporaryDeployments build = Build("here");
        await build.DeployAsync(s_tuned, default);
        _host.DeletedLag = 99;
        Assert.Equal("MOPS3128", (await Assert.ThrowsAsync<DiagnosticException>(build.RemoveAsync)).Diagnostic.Code);
        _host.DeletedLag = 1; // accepted, and carried out at the second request

        await Build("here").SweepAsync(default);

        Assert.Empty(_host.Standing);
        Assert.Empty(Records("here").All());
    }

    [Fact]
    public async Task A_provider_that_is_busy_is_asked_again()
    {
        TemporaryDeployments build = Build("here");
        await build.DeployAsync(s_tuned, default);
        int busy = 3;
        _host.Fault = (what, after) => what == "delete" && !after && busy-- > 0 ? new DiagnosticException(Diagnostic.Error("MOPS3110", "another operation is under way")) : null;

        await build.RemoveAsync();

        Assert.Empty(_host.Standing);
    }

    [Fact]
    public void A_damaged_record_or_one_of_another_name_removes_nothing()
    {
        foreach ((string name, string text) in new[] { ("a", "{"), ("production", """{"trainer":"openai","url":"https://p.test/v1","name":"production","model":"m"}"""), (DeploymentName.Make("m", _time.Now), "{\"name\":3}") })
        {
            _folder.Write($"here/deployments/{name}.json", text);
        }

        Assert.Empty(Records("here").All());
    }

    [Theory]
    [InlineData("modelops-eval-0123abcd-1790000000-89abcdef", true)]
    [InlineData("modelops-eval-0123abcd-1790000000", false)]
    [InlineData("modelops-eval-", false)]
    [InlineData("modelops-0123abcd-1790000000-89abcdef", false)]
    [InlineData("modelops-eval-0123abcd--790000000-89abcdef", false)]
    public void A_name_tells_whose_it_is(string name, bool ours) => Assert.Equal(ours, DeploymentName.MadeAt(name) is not null);

    [Fact]
    public void A_name_that_is_made_tells_when()
    {
        string name = DeploymentName.Make("m", _time.Now);
        Assert.Equal((42, _time.Now), (name.Length, DeploymentName.MadeAt(name)));
    }

    /// <summary>Builds on two machines, each of which may be killed or refused at any call: in the end, when each was left in peace once, nothing stands there.</summary>
    [Fact]
    public async Task Nothing_is_left_whatever_happens()
    {
        for (int seed = 0; seed < Soak.Count(60, 20_000); seed++)
        {
            var random = new Random(seed);
            _host.Standing.Clear();
            for (int number = random.Next(1, 6); number > 0; number--)
            {
                int killed = random.Next(3) == 0 ? random.Next(1, 12) : int.MaxValue, calls = 0;
                double trouble = random.NextDouble() * 0.4;
                _host.Fault = (_, after) => (after ? calls : ++calls) > killed || (calls == killed && after) ? new KilledException()
                    : random.NextDouble() < trouble ? new DiagnosticException(Diagnostic.Error("MOPS3110", "no answer")) : null;
                await RunAsync(random.Next(2) == 0 ? "here" : "there", random.Next(2) == 0);
            }

            _host.Fault = (_, _) => null;
            Assert.Equal("done", await RunAsync("here", true));
            Assert.Equal("done", await RunAsync("there", true));
            Assert.True(_host.Standing.Count == 0, $"seed {seed}: {string.Join(", ", _host.Standing)}");
            Assert.Empty(Records("here").All().Concat(Records("there").All()));
        }
    }

    private async Task<string> RunAsync(string store, bool two)
    {
        TemporaryDeployments build = Build(store);
        try
        {
            await build.DeployAsync(s_tuned, default);
            if (two)
            {
                await build.DeployAsync(new DeploymentOrder("gpt-x", Tuned: false), default);
            }

            await build.RemoveAsync();
            return "done";
        }
        catch (DiagnosticException e)
        {
            await EndAsync(build);
            return e.Diagnostic.Code;
        }
        catch (KilledException)
        {
            await EndAsync(build);
            return "killed";
        }
    }

    /// <summary>The way out; of a process that is gone all that happens is that its locks are free.</summary>
    private static async Task EndAsync(TemporaryDeployments build)
    {
        try
        {
            await build.RemoveAsync();
        }
        catch (Exception e) when (e is DiagnosticException or KilledException)
        {
        }
    }

    private TemporaryDeployments Build(string store)
        => new(OpenAiDescription.Trainer, new TrainerConnection(new Uri("https://provider.test/v1"), "THE_KEY", _ => "k") { Clock = _time.Clock }, _host, Records(store), _log);

    private DeploymentRecords Records(string store) => new(_folder[store]);

    private sealed class KilledException : Exception;

    private sealed class SilentLog : IStageLog
    {
        public List<string> Messages { get; } = [];

        public void Report(Diagnostic diagnostic) => Messages.Add(diagnostic.Message);

        public void Message(string text, bool important = false) => Messages.Add(text);

        public void Progress(StageProgress progress)
        {
        }
    }
}
