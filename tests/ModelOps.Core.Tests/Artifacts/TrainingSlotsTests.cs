using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class TrainingSlotsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(0, 8)]
    public async Task As_many_train_as_there_are_slots(int slots, int most)
    {
        int inside = 0, seen = 0;
        using var together = new Barrier(Math.Max(1, most));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            () =>
            {
                using (new TrainingSlots(_folder.In("store"), slots).Enter($"p{i}", null, CancellationToken.None))
                {
                    InterlockedMax(ref seen, Interlocked.Increment(ref inside));
                    together.SignalAndWait(TimeSpan.FromSeconds(slots == 0 ? 20 : 0.05)); // all that may be inside are, when they may
                    Interlocked.Decrement(ref inside);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(most, seen);
    }

    [Fact]
    public void Another_process_keeps_us_waiting_and_we_say_for_whom_and_its_death_lets_us_in()
    {
        using var child = new ChildProcess("slot", _folder.In("store"), "First");
        child.Expect("held");
        var waits = new List<SlotWait>();
        using IDisposable slot = new TrainingSlots(_folder.In("store"), 1).Enter(
            "Second",
            wait =>
            {
                waits.Add(wait);
                child.Kill();
            },
            CancellationToken.None);

        Assert.Matches($@"^First \(process {child.Id}\) since \d\d:\d\d:\d\d$", Assert.Single(waits).Holders);
    }

    [Fact]
    public void Waiting_can_be_cancelled_and_leaves_nothing()
    {
        using (new TrainingSlots(_folder.In("store"), 1).Enter("First", null, CancellationToken.None))
        {
            using var cancel = new CancellationTokenSource(50);
            Assert.ThrowsAny<OperationCanceledException>(() => new TrainingSlots(_folder.In("store"), 1).Enter("Second", null, cancel.Token));
            Assert.Single(Directory.GetFiles(_folder.In("store/slots"), "*.holder"));
        }

        Assert.Empty(Directory.GetFiles(_folder.In("store/slots"), "*.holder"));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int was = target; value > was; was = target)
        {
            Interlocked.CompareExchange(ref target, value, was);
        }
    }
}
