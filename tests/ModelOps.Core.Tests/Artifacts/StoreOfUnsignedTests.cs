using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Artifacts;

/// <summary>The store inside the store, and checkpoints: they count, they are listed, and they go in their turn.</summary>
public sealed class StoreOfUnsignedTests : IDisposable
{
    private const int Bytes = 10_000;
    private readonly TemporaryFolder _folder = new();
    private readonly ModelStore _store;

    public StoreOfUnsignedTests() => _store = new ModelStore(_folder.In("store"), new RecordingLog());

    public void Dispose() => _folder.Dispose();

    private ActionKey Put(ModelStore store, int i)
    {
        byte[] bytes = new byte[Bytes];
        new Random(i).NextBytes(bytes);
        FingerprintFile action = FingerprintFile.Of("train", new KeyFields().Add("i", i));
        store.Put(action, _folder.Write($"result{i}/weights.bin", bytes));
        File.SetLastWriteTimeUtc(store.ActionPath(action.Key), new DateTime(2020, 1, 1, 12, i, 0, DateTimeKind.Utc));
        return action.Key;
    }

    private StoreCollection Collect(long size) => new StoreCollector(_store).Collect(size, includePaid: false, TimeSpan.FromSeconds(5));

    [Fact]
    public void What_came_unsigned_counts_and_gives_way_first()
    {
        ActionKey old = Put(_store, 1), young = Put(_store.Unsigned, 2), younger = Put(_store.Unsigned, 3);

        // Three results of a little more than 10,000 bytes each; room for two.
        StoreCollection collection = Collect((2 * Bytes) + (Bytes / 2));

        Assert.Equal([young], collection.Removed.Select(e => e.Key));
        Assert.InRange(collection.Before, 3 * Bytes, (3 * Bytes) + 5000);
        Assert.InRange(collection.After, 2 * Bytes, (2 * Bytes) + 5000);
        Assert.Equal([younger], Collect(Bytes + (Bytes / 2)).Removed.Select(e => e.Key));
        Assert.NotNull(_store.TryGet(old));
        Assert.Equal([old], Collect(0).Removed.Select(e => e.Key));
    }

    [Fact]
    public void A_build_that_wrote_unsigned_results_alone_trims_too()
    {
        Put(_store, 1);
        var build = new ModelStore(_store.Root, new RecordingLog());
        Put(build.Unsigned, 2);
        Assert.Single(new StoreCollector(build).Trim(Bytes + (Bytes / 2))!.Removed);
        Assert.Empty(new StoreInventory(_store.Unsigned).List());
    }

    [Fact]
    public async Task Checkpoints_are_entries_and_stay_while_their_training_runs()
    {
        ActionKey result = Put(_store, 1), unfinished = FingerprintFile.Of("train", new KeyFields().Add("i", 9)).Key;
        _folder.Write($"store/checkpoints/{unfinished.Hex}/step-20.bin", new byte[Bytes]);
        var inventory = new StoreInventory(_store);

        StoreEntry entry = inventory.List().Single(e => e.IsCheckpoints);
        Assert.Equal((unfinished, (long)Bytes), (entry.Key, entry.Size));
        Assert.InRange(inventory.Size(), 2 * Bytes, (2 * Bytes) + 5000);
        Assert.Equal((1, 0), StoreAudit.Run(_store, default) is var audit ? (audit.Whole, audit.Damaged) : default);

        using (await _store.LockAsync(unfinished, null, default))
        {
            Assert.Equal([result], Collect(0).Removed.Select(e => e.Key));
        }

        Assert.Equal([unfinished], Collect(0).Removed.Select(e => e.Key));
        Assert.False(Directory.Exists(_store.CheckpointPath(unfinished)));
    }
}
