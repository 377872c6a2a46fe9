using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Artifacts;

/// <summary>Which results go when there are too many, and which never do.</summary>
public sealed class StoreCollectorTests : IDisposable
{
    private const int Bytes = 10_000;
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();
    private readonly ModelStore _store;
    private readonly StoreInventory _inventory;
    private readonly StoreCollector _collector;

    public StoreCollectorTests()
    {
        _store = new ModelStore(_folder.In("store"), _log);
        (_inventory, _collector) = (new StoreInventory(_store), new StoreCollector(_store));
    }

    public void Dispose() => _folder.Dispose();

    private static FingerprintFile Action(int i) => FingerprintFile.Of("train", new KeyFields().Add("i", i));

    // Number i was last used i minutes after noon of a day long ago.
    private ActionKey Put(int i, PutMode mode = PutMode.Copy, int? content = null)
    {
        byte[] bytes = new byte[Bytes];
        new Random(content ?? i).NextBytes(bytes);
        _store.Put(Action(i), _folder.Write($"result{i}/weights.bin", bytes), mode, default);
        Use(_store.ActionPath(Action(i).Key), i);
        return Action(i).Key;
    }

    private static void Use(string path, int minute) => File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 12, minute, 0, DateTimeKind.Utc));

    private ActionKey[] Keys() => [.. _inventory.List().Select(e => e.Key)];

    private StoreCollection Collect(long size, bool includePaid = false) => _collector.Collect(size, includePaid, TimeSpan.FromSeconds(5));

    [Fact]
    public void The_least_recently_used_go_first_and_no_more_than_needed()
    {
        ActionKey[] keys = [Put(0), Put(1), Put(2), Put(3)];
        // A hit is a use.
        Assert.NotNull(_store.TryGet(keys[0]));
        long size = _inventory.Size();

        StoreCollection collection = Collect(size - Bytes - 2_000);

        Assert.Equal([keys[1], keys[2]], collection.Removed.Select(e => e.Key));
        Assert.Equal([keys[3], keys[0]], Keys());
        Assert.Equal((size, _inventory.Size()), (collection.Before, collection.After));
        Assert.NotNull(_store.TryGet(keys[0]));
        Assert.NotNull(_store.TryGet(keys[3]));
        Assert.Equal(2, Directory.GetFiles(_folder.In("store", "cas"), "*", SearchOption.AllDirectories).Length);
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void A_file_that_two_results_share_goes_with_the_second()
    {
        ActionKey one = Put(0, content: 7), two = Put(1, content: 7);
        long size = _inventory.Size();
        Assert.Single(Collect(size - 1).Removed);
        Assert.Null(_store.TryGet(one));
        Assert.NotNull(_store.TryGet(two));
        Collect(0);
        Assert.Empty(Directory.GetFiles(_folder.In("store", "cas"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Pinned_and_paid_results_stay_unless_asked()
    {
        ActionKey pinned = Put(0), paid = Put(1, PutMode.Paid), plain = Put(2);
        _inventory.Pin(pinned);
        Assert.Equal([plain], Collect(0).Removed.Select(e => e.Key));
        Assert.Equal([(pinned, true, false), (paid, false, true)], _inventory.List().Select(e => (e.Key, e.Pinned, e.Paid)));
        Assert.Equal([paid], Collect(0, includePaid: true).Removed.Select(e => e.Key));
        _inventory.Unpin(pinned);
        Assert.Equal([pinned], Collect(0).Removed.Select(e => e.Key));
    }

    [Fact]
    public async Task Answers_are_entries_too_and_what_was_paid_once_stays_paid()
    {
        ActionKey cheap = new KeyFields().Add("subject", 1).ToKey("answers"), dear = new KeyFields().Add("subject", 2).ToKey("answers");
        AnswerLine Line(string id) => new(id, 0, "yes", 1, 1, "stop", 1);
        await _store.Answers.PutAsync(cheap, [Line("a")], default);
        await _store.Answers.PutAsync(dear, [Line("a")], default, paid: true);
        await _store.Answers.PutAsync(dear, [Line("b")], default);
        Assert.Equal(2, _store.Answers.Get(dear).Count);
        Assert.Equal([cheap], Collect(0).Removed.Select(e => e.Key));
        Assert.Equal(2, _store.Answers.Get(dear).Count);
        Assert.Equal([dear], Collect(0, includePaid: true).Removed.Select(e => e.Key));
        Assert.Empty(_store.Answers.Get(dear));
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public async Task What_a_live_build_works_on_stays_and_a_store_in_use_is_left_alone()
    {
        ActionKey worked = Put(0), other = Put(1);
        using (await _store.LockAsync(worked, null, default))
        {
            Assert.Equal([other], Collect(0).Removed.Select(e => e.Key));
        }

        using (_store.Use.Share())
        {
            Assert.Equal("MOPS2038", Assert.Throws<DiagnosticException>(() => _collector.Collect(0, false, TimeSpan.FromMilliseconds(50))).Diagnostic.Code);
            Assert.Null(_collector.Trim(0));
        }

        Assert.Equal([worked], Collect(0).Removed.Select(e => e.Key));
    }

    [Fact]
    public async Task Another_process_that_reads_keeps_the_collector_out()
    {
        ActionKey key = Put(0);
        using var child = new ChildProcess("share", _folder.In("store"));
        child.Expect("shared");
        Assert.Throws<DiagnosticException>(() => _collector.Collect(0, false, TimeSpan.FromMilliseconds(50)));
        child.Kill();
        Assert.Equal([key], (await Task.Run(() => Collect(0))).Removed.Select(e => e.Key));
    }

    [Fact]
    public async Task Readers_wait_while_the_collector_deletes()
    {
        ActionKey key = Put(0);
        Task<StoredAction?> reading;
        using (_store.Use.TryAlone(TimeSpan.Zero))
        {
            reading = Task.Run(() => _store.TryGet(key));
            Assert.NotSame(reading, await Task.WhenAny(reading, Task.Delay(100)));
        }

        Assert.NotNull(await reading);
    }

    [Fact]
    public async Task Files_without_a_record_unfinished_ones_and_free_locks_are_swept()
    {
        ActionKey key = Put(0);
        (await _store.LockAsync(key, null, default)).Dispose();
        string orphan = _folder.Write($"store/cas/ab/{new string('a', 64)}", "x"), left = _folder.Write("store/tmp/1-left", "x");
        Collect(long.MaxValue);
        Assert.All([orphan, left, _store.LockPath(key)], path => Assert.False(File.Exists(path), path));
        Assert.NotNull(_store.TryGet(key));
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void A_build_trims_only_when_it_wrote_and_only_above_the_bound()
    {
        ActionKey key = Put(0), young = Put(1);
        Assert.Null(new StoreCollector(new ModelStore(_folder.In("store"), _log)).Trim(0));
        Assert.Null(_collector.Trim(_inventory.Size()));
        Assert.Equal([key], _collector.Trim(_inventory.Size() - 1)!.Removed.Select(e => e.Key));
        Assert.NotNull(_store.TryGet(young));
    }

    [Fact]
    public void A_clock_that_was_ahead_makes_nothing_eternal()
    {
        ActionKey future = Put(0), old = Put(1);
        File.SetLastWriteTimeUtc(_store.ActionPath(future), DateTime.UtcNow.AddYears(1));
        Assert.Equal([old, future], Keys());
        Assert.Equal([old, future], Collect(0).Removed.Select(e => e.Key));
    }

    [Fact]
    public void An_entry_is_found_by_the_beginning_of_its_key()
    {
        ActionKey[] keys = [.. Enumerable.Range(0, 20).Select(i => Put(i))];
        Assert.Equal(keys[3], _inventory.Find(keys[3].Short).Key);
        Assert.Equal(keys[3], _inventory.Find(keys[3].ToString()).Key);
        Assert.Equal("MOPS2037", Assert.Throws<DiagnosticException>(() => _inventory.Find("zz")).Diagnostic.Code);
        // 20 keys have at most 16 first digits, so some two share one.
        string shared = keys.GroupBy(k => k.Hex[..1]).First(g => g.Count() > 1).Key;
        Assert.Equal("MOPS2037", Assert.Throws<DiagnosticException>(() => _inventory.Find(shared)).Diagnostic.Code);
    }

    [Fact]
    public async Task An_audit_reads_everything_and_drops_what_is_damaged()
    {
        Put(0);
        ActionKey bad = Put(1), unreadable = Put(2);
        ActionKey answers = new KeyFields().Add("subject", 1).ToKey("answers");
        await _store.Answers.PutAsync(answers, [new AnswerLine("a", 0, "yes", 1, 1, "stop", 1)], default);
        Assert.Equal((4, 0), StoreAudit.Run(_store, default) is var all ? (all.Whole, all.Damaged) : default);

        string blob = _store.Blobs.PathOf(_store.TryGet(bad)!.Files[0].Digest);
        byte[] bytes = File.ReadAllBytes(blob);
        bytes[17] ^= 1;
        File.SetAttributes(blob, FileAttributes.Normal);
        File.WriteAllBytes(blob, bytes);
        File.WriteAllText(_store.ActionPath(unreadable), "{}");
        File.AppendAllText(_store.Answers.PathOf(answers), "x");

        Assert.Equal((1, 3), StoreAudit.Run(_store, default) is var damaged ? (damaged.Whole, damaged.Damaged) : default);
        Assert.Equal(["MOPS2031", "MOPS2032", "MOPS2033"], _log.Codes.Order(StringComparer.Ordinal));
        Assert.Equal((1, 0), StoreAudit.Run(_store, default) is var after ? (after.Whole, after.Damaged) : default);
    }

    [Fact]
    public void A_store_of_a_later_program_is_not_taken_for_damage()
    {
        ActionKey key = Put(0);
        File.WriteAllText(_folder.In("store", "version"), "99\n");
        Assert.Equal("MOPS2036", Assert.Throws<DiagnosticException>(() => _store.TryGet(key)).Diagnostic.Code);
        Assert.Equal("MOPS2036", Assert.Throws<DiagnosticException>(() => Put(1)).Diagnostic.Code);
        Assert.Equal("MOPS2036", Assert.Throws<DiagnosticException>(() => _store.Answers.Get(key)).Diagnostic.Code);
        Assert.Equal("MOPS2036", Assert.Throws<DiagnosticException>(() => Collect(0)).Diagnostic.Code);
        Assert.True(File.Exists(_store.ActionPath(key)));
    }

    [Fact]
    public void A_store_of_version_1_is_read_and_becomes_version_2()
    {
        ActionKey key = Put(0);
        string record = File.ReadAllText(_store.ActionPath(key));
        File.WriteAllText(_store.ActionPath(key), record.Replace("\"paid\":false,", "", StringComparison.Ordinal));
        File.Delete(_folder.In("store", "version"));
        Assert.False(_store.TryGet(key)!.Paid);
        Put(1);
        Assert.Equal("2\n", File.ReadAllText(_folder.In("store", "version")));
        Assert.NotNull(_store.TryGet(key));
        Assert.Empty(_log.Diagnostics);
    }

    [Theory]
    [InlineData("", 50_000_000_000)]
    [InlineData("0", 0L)]
    [InlineData("123", 123L)]
    [InlineData("20GB", 20_000_000_000)]
    [InlineData("1.5 mb", 1_500_000L)]
    [InlineData("2TB", 2_000_000_000_000)]
    [InlineData("Unlimited", long.MaxValue)]
    [InlineData("-1", null)]
    [InlineData("GB", null)]
    [InlineData("5 boxes", null)]
    [InlineData("9999999TB", null)]
    public void Sizes(string text, long? bytes) => Assert.Equal(bytes, StoreSize.Parse(text));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1500, "1.5 KB")]
    [InlineData(50_000_000_000, "50 GB")]
    public void Written_sizes(long bytes, string text) => Assert.Equal(text, StoreSize.Format(bytes));
}
