using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class ModelStoreTests : IDisposable
{
    private static readonly FingerprintFile s_action = FingerprintFile.Of("train", new KeyFields().Add("a", 1));
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();
    private readonly ModelStore _store;

    public ModelStoreTests() => _store = new ModelStore(_folder.In("store"), _log);

    public void Dispose() => _folder.Dispose();

    private StoredAction PutResult()
    {
        _folder.Write("result/adapter.bin", "weights");
        _folder.Write("result/sub/notes.txt", "words");
        return _store.Put(s_action, _folder.In("result"));
    }

    private string Blob(string text) => _folder.In("store", "cas", Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).Hex[..2], Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).Hex);

    [Fact]
    public void What_is_stored_is_found_and_put_back()
    {
        Assert.Null(_store.TryGet(s_action.Key));
        StoredAction put = PutResult();
        StoredAction found = _store.TryGet(s_action.Key)!;
        Assert.Equal(put.Files, found.Files);
        Assert.Equal(["adapter.bin", "sub/notes.txt"], found.Files.Select(f => f.Path));
        Assert.Equal((s_action.Key, "train", "1"), (found.Key, found.Stage, found.Fields.Value("a")));

        string target = _folder.In("out", "adapter");
        _folder.Write("out/adapter/stale.txt", "old");
        _store.Materialize(found, target);
        Assert.Equal("weights", File.ReadAllText(Path.Combine(target, "adapter.bin")));
        Assert.Equal("words", File.ReadAllText(Path.Combine(target, "sub", "notes.txt")));
        Assert.False(File.Exists(Path.Combine(target, "stale.txt")));
        Assert.Equal(["adapter"], Directory.GetFileSystemEntries(_folder.In("out")).Select(Path.GetFileName));
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void A_single_file_is_a_result_too()
    {
        StoredAction put = _store.Put(s_action, _folder.Write("eval.json", "{}"));
        Assert.Equal(["eval.json"], put.Files.Select(f => f.Path));
        Assert.NotNull(_store.TryGet(s_action.Key));
    }

    [Fact]
    public void Writing_to_a_materialized_copy_leaves_the_store_alone()
    {
        StoredAction action = PutResult();
        _store.Materialize(action, _folder.In("out"));
        File.WriteAllText(_folder.In("out", "adapter.bin"), "changed by somebody");
        Assert.NotNull(_store.TryGet(s_action.Key));
        _store.Materialize(action, _folder.In("out"));
        Assert.Equal("weights", File.ReadAllText(_folder.In("out", "adapter.bin")));
    }

    [Fact]
    public void A_large_file_is_one_file_with_two_names_and_read_only()
    {
        byte[] large = new byte[BlobStore.LinkFrom];
        new Random(1).NextBytes(large);
        StoredAction action = _store.Put(s_action, _folder.Write("big/model.safetensors", large));
        _store.Materialize(action, _folder.In("out"));
        string placed = _folder.In("out", "model.safetensors");
        if (OperatingSystem.IsLinux())
        {
            string blob = _folder.In("store", "cas", action.Files[0].Digest.Hex[..2], action.Files[0].Digest.Hex);
            Assert.Equal(FileStamp.Of(blob)!.Value.Inode, FileStamp.Of(placed)!.Value.Inode);
        }

        Assert.True(File.GetAttributes(placed).HasFlag(FileAttributes.ReadOnly));
        _store.Materialize(action, _folder.In("out"));
        Assert.NotNull(_store.TryGet(s_action.Key));
    }

    [Theory]
    [InlineData("WEIGHTS")] // same size, other bytes
    [InlineData("w")]
    [InlineData(null)]
    public void A_damaged_blob_is_no_hit_is_said_and_is_made_again(string? damage)
    {
        PutResult();
        string blob = Blob("weights");
        File.SetAttributes(blob, FileAttributes.Normal);
        File.Delete(blob);
        if (damage is not null)
        {
            File.WriteAllText(blob, damage);
        }

        Assert.Null(_store.TryGet(s_action.Key));
        Assert.Equal(["MOPS2031"], _log.Codes);
        string said = damage switch { null => "it is missing", "w" => "it has 1 bytes instead of 7", _ => "its content changed" };
        Assert.Contains(said, _log.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.False(File.Exists(blob));
        Assert.Null(_store.TryGet(s_action.Key));
        PutResult();
        Assert.NotNull(_store.TryGet(s_action.Key));
        Assert.Single(_log.Diagnostics);
    }

    [Theory]
    [InlineData("weights")]
    [InlineData("words")]
    public void Every_file_of_a_result_is_verified(string content)
    {
        PutResult();
        File.SetAttributes(Blob(content), FileAttributes.Normal);
        File.WriteAllText(Blob(content), content.ToUpperInvariant());
        Assert.Null(_store.TryGet(s_action.Key));
        Assert.Equal(["MOPS2031"], _log.Codes);
    }

    [Fact]
    public void A_glance_believes_no_record_of_another_key_and_no_file_of_another_size()
    {
        PutResult();
        var glance = new StoreGlance(_store.Root);
        Assert.True(glance.Has(s_action.Key));

        ActionKey other = FingerprintFile.Of("train", new KeyFields().Add("a", 2)).Key;
        File.Copy(_store.ActionPath(s_action.Key), _store.ActionPath(other));
        Assert.False(glance.Has(other));

        File.SetAttributes(Blob("words"), FileAttributes.Normal);
        File.WriteAllText(Blob("words"), "word");
        Assert.False(glance.Has(s_action.Key));
        File.Delete(Blob("words"));
        Assert.False(glance.Has(s_action.Key));
    }

    [Fact]
    public void Putting_repairs_a_damaged_blob()
    {
        PutResult();
        File.SetAttributes(Blob("weights"), FileAttributes.Normal);
        File.WriteAllText(Blob("weights"), "WEIGHTS");
        PutResult();
        Assert.NotNull(_store.TryGet(s_action.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"format\":1")]
    [InlineData("other")] // other fields than the key's
    [InlineData("key")] // another key than the fields'
    [InlineData("moved")] // the whole record of another key
    [InlineData("escape")] // a path that leads out
    public void A_damaged_record_is_no_hit(string content)
    {
        PutResult();
        string path = _folder.In("store", "actions", $"{s_action.Key.Hex}.json");
        string record = File.ReadAllText(path);
        File.WriteAllText(path, content switch
        {
            "moved" => System.Text.Encoding.UTF8.GetString(new StoredAction(
                FingerprintFile.Of("train", new KeyFields().Add("a", 2)).Key, "train", new KeyFields().Add("a", 2), _store.TryGet(s_action.Key)!.Files).ToBytes()),
            "key" => record.Replace(s_action.Key.ToString(), FingerprintFile.Of("train", new KeyFields().Add("a", 2)).Key.ToString(), StringComparison.Ordinal),
            "other" => record.Replace("\"a\":1", "\"a\":2", StringComparison.Ordinal),
            "escape" => record.Replace("sub/notes.txt", "../notes.txt", StringComparison.Ordinal),
            _ => content,
        });
        Assert.Null(_store.TryGet(s_action.Key));
        Assert.Equal(["MOPS2032"], _log.Codes);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_is_one_code()
    {
        // A file where a folder should be stops every user, the superuser too.
        var store = new ModelStore(Path.Combine(_folder.Write("file", "x"), "store"), _log);
        string result = _folder.Write("r.bin", "x");
        Assert.Null(store.TryGet(s_action.Key));
        Assert.Equal("MOPS2030", Assert.Throws<DiagnosticException>(() => store.Put(s_action, result)).Diagnostic.Code);
        Assert.Equal("MOPS2030", (await Assert.ThrowsAsync<DiagnosticException>(() => store.LockAsync(s_action.Key, null, default))).Diagnostic.Code);
        StoredAction action = PutResult();
        Assert.Equal("MOPS2034", Assert.Throws<DiagnosticException>(() => _store.Materialize(action, _folder.In("file", "out"))).Diagnostic.Code);
        Assert.Equal("MOPS2035", Assert.Throws<DiagnosticException>(() => _store.Put(s_action, _folder.In("nothing"))).Diagnostic.Code);
    }

    [Fact]
    public void Many_writers_of_one_result_agree()
    {
        _folder.Write("result/a.bin", new byte[300_000]);
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => new ModelStore(_folder.In("store"), _log).Put(s_action, _folder.In("result")));
        Assert.NotNull(_store.TryGet(s_action.Key));
        Assert.Empty(Directory.GetFiles(_folder.In("store", "tmp")));
        Assert.Empty(_log.Diagnostics);
    }

    [Fact]
    public void Abandoned_temporary_files_are_swept_and_young_ones_are_not()
    {
        string old = _folder.Write("store/tmp/1-old", "x"), young = _folder.Write("store/tmp/2-young", "x");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        PutResult();
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public async Task Processes_killed_in_the_middle_leave_whole_results_or_none()
    {
        string root = _folder.In("store");
        var random = new Random(3);
        for (int round = 0; round < Soak.Count(6, 50); round++)
        {
            using var child = new ChildProcess("put", root, $"{round * 1000}");
            child.Expect("stored");
            await Task.Delay(random.Next(20, 150));
            child.Kill();
        }

        int found = 0;
        foreach (string record in Directory.GetFiles(Path.Combine(root, "actions"), "*.json"))
        {
            found++;
            Assert.NotNull(_store.TryGet(ActionKey.Parse($"sha256:{Path.GetFileNameWithoutExtension(record)}")));
        }

        Assert.All(Directory.GetFiles(Path.Combine(root, "cas"), "*", SearchOption.AllDirectories), b => Assert.Equal(Path.GetFileName(b), Digest.OfFile(b).Hex));
        Assert.True(found >= 6);
        Assert.All(Directory.GetFiles(Path.Combine(root, "actions")), f => Assert.EndsWith(".json", f, StringComparison.Ordinal));
        Assert.Empty(_log.Diagnostics);
        PutResult();
        Assert.NotNull(_store.TryGet(s_action.Key));
    }
}
