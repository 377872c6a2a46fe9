using System.Diagnostics;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class StoreLockTests : IDisposable
{
    private static readonly ActionKey s_key = new KeyFields().Add("a", 1).ToKey("train");
    private readonly TemporaryFolder _folder = new();
    private readonly ModelStore _store;

    public StoreLockTests() => _store = new ModelStore(_folder.In("store"), new RecordingLog());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_a_killed_holder_left_is_gone_with_the_next_hit()
    {
        using (var child = new ChildProcess("lock", _folder.In("store"), s_key.ToString()))
        {
            child.Expect("held");
            child.Kill();
        }

        _store.Put(FingerprintFile.Of("train", new KeyFields().Add("a", 1)), _folder.Write("eval.json", "{}"));
        string[] left = Directory.GetFiles(_folder.In("store/locks"), "*.holder");

        Assert.True(_store.TryRestore(s_key, _folder.In("restored")));
        Assert.Single(left);
        Assert.Empty(Directory.GetFiles(_folder.In("store/locks"), "*.holder"));
    }

    [Fact]
    public async Task Another_process_keeps_us_waiting_and_its_death_lets_us_in()
    {
        using var child = new ChildProcess("lock", _folder.In("store"), s_key.ToString());
        child.Expect("held");
        var waits = new List<StoreWait>();
        Task<StoreLock> taking = _store.LockAsync(s_key, w =>
        {
            lock (waits)
            {
                waits.Add(w);
            }
        }, CancellationToken.None);
        Assert.NotSame(taking, await Task.WhenAny(taking, Task.Delay(300)));
        lock (waits)
        {
            Assert.Contains($"process {child.Id} ", Assert.Single(waits).Holder, StringComparison.Ordinal);
        }

        // Another key is free meanwhile.
        (await _store.LockAsync(new KeyFields().ToKey("train"), null, CancellationToken.None)).Dispose();
        child.Kill();
        var clock = Stopwatch.StartNew();
        (await taking).Dispose();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task One_at_a_time_within_a_process()
    {
        int inside = 0, most = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            using (await _store.LockAsync(s_key, null, CancellationToken.None))
            {
                most = Math.Max(most, Interlocked.Increment(ref inside));
                await Task.Delay(5);
                Interlocked.Decrement(ref inside);
            }
        })));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        using StoreLock held = await _store.LockAsync(s_key, null, CancellationToken.None);
        using var cancel = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.LockAsync(s_key, null, cancel.Token));
    }
}
