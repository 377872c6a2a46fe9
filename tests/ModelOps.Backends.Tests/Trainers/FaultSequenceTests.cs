using ModelOps.Backends.Trainers;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>
/// Random sequences of builds on two machines: any request may fail in any way, any build may be killed before or after any request. Whatever happens, one job is
/// paid for, none goes on alone, and the build that is left in peace has the model.
/// </summary>
public sealed class FaultSequenceTests
{
    private static readonly FakeFault[] s_faults =
    [
        new(FakeFaultKind.Status, 409), new(FakeFaultKind.Status, 429), new(FakeFaultKind.Status, 429) { Headers = { ["Retry-After"] = "30" } }, new(FakeFaultKind.Status, 500),
        new(FakeFaultKind.Status, 503), new(FakeFaultKind.Status, 503) { Headers = { ["Retry-After"] = "5" } }, new(FakeFaultKind.DropBefore), new(FakeFaultKind.DropAfter),
        new(FakeFaultKind.HalfAnswer), new(FakeFaultKind.Status, 401), new(FakeFaultKind.Status, 403), new(FakeFaultKind.Status, 422), new(FakeFaultKind.Status, 429, "insufficient_quota"),
    ];

    // A hang costs real time, so it is rare.
    private static readonly FakeFault s_hang = new(FakeFaultKind.Hang);
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(200);
    private static readonly Switch[] s_switches = [Switch.None, Switch.None, Switch.ForgetsFiles, Switch.StrangeStatus, Switch.ListLag, Switch.BadDownloads];

    public static TheoryData<string> Providers => [.. ProviderCase.Names];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task One_job_is_paid_for_whatever_happens(string name)
    {
        for (int seed = 0; seed < Soak.Count(name is "openai" or "together" ? 200 : 20, 5000); seed++)
        {
            await RunAsync(name, seed);
        }
    }

    private static async Task RunAsync(string name, int seed)
    {
        var random = new Random(seed);
        ProviderCase provider = ProviderCase.Of(name);
        provider.Turn(s_switches[random.Next(s_switches.Length)]);
        using Machine here = new() { Patience = s_short, Evaluates = true }, there = new() { Patience = s_short, Evaluates = true };
        double trouble = random.NextDouble() * 0.5;
        bool hung = false;
        provider.Fake.Fault = (_, _) =>
        {
            if (!hung && random.Next(400) == 0)
            {
                hung = true;
                return s_hang;
            }

            return random.NextDouble() < trouble ? s_faults[random.Next(s_faults.Length)] : null;
        };
        var story = new List<string>();
        int builds = random.Next(1, 8);
        for (int build = 0; build < builds; build++)
        {
            // A machine that comes late sees the list as it is after a while: two that ask within one moment are another test.
            Machine machine = random.Next(3) == 0 ? there : here;
            int killed = random.Next(3) == 0 ? random.Next(1, 25) : int.MaxValue;
            machine.Between = inner => new Kill(inner, killed, after: random.Next(2) == 0);
            machine.Wait = random.Next(4) != 0;
            story.Add($"{(machine == here ? "here" : "there")}: {await OutcomeAsync(machine, provider)}");
        }

        provider.Fake.Fault = (_, _) => null;
        RemoteJob? job = null;
        for (int build = 0; job is null && build < 3; build++)
        {
            (here.Between, here.Wait) = (handler => handler, true);
            string outcome = await OutcomeAsync(here, provider, found => job = found);
            story.Add($"in peace: {outcome}");
        }

        if (provider.Standing() > 0)
        {
            // Each machine's next build removes what its own have left.
            (there.Between, there.Wait) = (handler => handler, true);
            story.Add($"there, in peace: {await OutcomeAsync(there, provider)}");
        }

        string told = $"{name} {seed}: {string.Join("; ", story)}; jobs {string.Join(", ", provider.Jobs().Select(j => $"{j.Id} {j.Status}{(j.Paid ? " paid" : "")}"))}";
        Assert.True(job is not null, told);
        Assert.True(provider.Paid == 1 && provider.Alive == 0 && provider.Standing() == 0, told);
        Assert.True(provider.Jobs().Single(j => j.Paid).Id == job.Id, told);
        Assert.True(provider.Trainer.Weights == TrainedWeights.Kept || File.Exists(Path.Combine(here.Output, "adapter_model.safetensors")), told);
        Assert.All(provider.Fake.NotAllowed, said => Assert.True(said.Contains("cancel", StringComparison.Ordinal) || said.Contains("exist", StringComparison.Ordinal) || said.Contains("takes a file", StringComparison.Ordinal) || said.Contains("is not READY", StringComparison.Ordinal), said));
    }

    /// <summary>A model, nothing yet, a coded error, or a killed process; anything else is a bug.</summary>
    private static async Task<string> OutcomeAsync(Machine machine, ProviderCase provider, Action<RemoteJob?>? got = null)
    {
        try
        {
            RemoteJob? job = await machine.BuildAsync(provider);
            got?.Invoke(job);
            return job?.Id ?? "pending";
        }
        catch (DiagnosticException e)
        {
            Assert.StartsWith("MOPS31", e.Diagnostic.Code, StringComparison.Ordinal);
            Assert.DoesNotContain(FakeProvider.Key, e.Diagnostic.Message, StringComparison.Ordinal);
            return e.Diagnostic.Code;
        }
        catch (KilledException)
        {
            return "killed";
        }
    }

    private sealed class KilledException : Exception;

    /// <summary>A process that is gone from its n-th request on: whatever its code still does reaches nobody.</summary>
    private sealed class Kill(HttpMessageHandler inner, int request, bool after) : DelegatingHandler(inner)
    {
        private int _count;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
        {
            int number = ++_count;
            if (number > request || (number == request && !after))
            {
                throw new KilledException();
            }

            HttpResponseMessage response = await base.SendAsync(message, cancellationToken);
            return number == request ? throw new KilledException() : response;
        }
    }
}
