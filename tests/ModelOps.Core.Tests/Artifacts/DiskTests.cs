using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Artifacts;

/// <summary>Disks that are full or must not be written: one code, nothing half-written, and the store goes on when there is room again.</summary>
public sealed class DiskTests : IDisposable
{
    private static readonly ActionKey s_key = FingerprintFile.Of("train", new KeyFields().Add("a", 1)).Key;
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();
    private readonly string _root;

    public DiskTests() => _root = _folder.In("store");

    public void Dispose() => _folder.Dispose();

    /// <summary>A result of one large file, or of many small ones, whose record is then the largest file.</summary>
    private string Result(bool large)
    {
        byte[] bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        for (int i = 0; i < (large ? 1 : 150); i++)
        {
            _folder.Write($"result/{i}.bin", large ? bytes : bytes.AsSpan(i * 100, 100).ToArray());
        }

        return _folder.In("result");
    }

    [TheoryOnUnix]
    [InlineData(0, true)] // not a byte can be written
    [InlineData(64, true)] // the large file does not fit
    [InlineData(8, false)] // everything fits but the record
    public void What_cannot_be_written_whole_is_not_there(int kilobytes, bool large)
    {
        string result = Result(large);
        using (var child = new ChildProcess(["bash", "-c", $"trap '' XFSZ; ulimit -f {kilobytes}; exec \"$@\"", "bash"], ["put-one", _root, result]))
        {
            child.Expect("MOPS2030");
            child.Expect("0 0 0");
        }

        var store = new ModelStore(_root, _log);
        Assert.Null(store.TryGet(s_key));
        store.Put(FingerprintFile.Of("train", new KeyFields().Add("a", 1)), result);
        Assert.NotNull(store.TryGet(s_key));
        Assert.Empty(_log.Diagnostics);
    }

    [FactUnderMounts]
    public void A_full_file_system_is_one_code_and_leaves_nothing_half_written()
    {
        string result = Result(large: true);
        Directory.CreateDirectory(_root);
        using var child = new ChildProcess(MountSpace.Under($"mount -t tmpfs -o size=128k none {_root}"), ["put-one", _root, result]);
        child.Expect("MOPS2030");
        child.Expect("0 0 0");
    }

    [FactUnderMounts]
    public void A_read_only_store_serves_what_it_has_and_takes_nothing()
    {
        string result = Result(large: true);
        new ModelStore(_root, _log).Put(FingerprintFile.Of("train", new KeyFields().Add("a", 1)), result);
        string[] readOnly = MountSpace.Under($"mount --bind {_root} {_root} && mount -o remount,bind,ro {_root}");
        using (var get = new ChildProcess(readOnly, ["get-and-lock", _root, s_key.ToString()]))
        {
            get.Expect("whole");
            get.Expect("MOPS2030");
        }

        using var put = new ChildProcess(readOnly, ["put-one", _root, result]);
        put.Expect("MOPS2030");
        put.Expect("0 1 0");
    }
}

/// <summary>Needs a shell's limits.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryOnUnixAttribute : TheoryAttribute
{
    public TheoryOnUnixAttribute() => Skip = OperatingSystem.IsWindows() ? "There are no limits on the size of a file on Windows." : null;
}
