using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class KnownDigestsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Home => _folder.In("home");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_read_once_by_whoever_comes_first()
    {
        string file = Old("package/model/weights", "weights");
        var first = KnownDigests.Load([_folder.In("package")], Home);
        Digest digest = first.Of(file);
        first.Save();

        // Nobody can read it any more: who still knows its digest has not tried.
        var second = KnownDigests.Load([_folder.In("package") + "/"], Home);
        using (File.Open(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(digest, second.Of(file));
            Assert.Throws<IOException>(() => KnownDigests.None().Of(file));
        }

        Assert.Equal(Digest.Of("weights"u8), digest);
    }

    [Fact]
    public void Any_change_is_seen_although_size_and_time_are_set_back()
    {
        string file = Old("package/model/weights", "weights");
        DateTime time = File.GetLastWriteTimeUtc(file);
        var known = KnownDigests.Load([_folder.In("package")], Home);
        known.Of(file);
        known.Save();

        File.WriteAllText(file, "weighty");
        File.SetLastWriteTimeUtc(file, time);

        Assert.Equal(Digest.Of("weighty"u8), KnownDigests.Load([_folder.In("package")], Home).Of(file));
        Assert.False(KnownDigests.Load([_folder.In("package")], Home).Is(file, Digest.Of("weights"u8).ToString()));
        Assert.Equal(Digest.Of("weighty"u8), known.Of(file));
    }

    [Fact]
    public void A_young_file_is_not_remembered_and_a_bad_memory_calls_nothing_damaged()
    {
        string young = _folder.Write("package/young", "young"), old = Old("package/old", "old");
        var known = KnownDigests.Load([_folder.In("package")], Home);
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddHours(1)); // as young as can be, whatever the disk's clock says
        known.Of(young);
        known.Of(old);
        known.Save();
        string kept = Assert.Single(Directory.GetFiles(Path.Combine(Home, "verified")));

        Assert.DoesNotContain("young", File.ReadAllText(kept), StringComparison.Ordinal);
        File.WriteAllText(kept, File.ReadAllText(kept).Replace(Digest.Of("old"u8).Hex, Digest.Of("other"u8).Hex, StringComparison.Ordinal));
        Assert.True(KnownDigests.Load([_folder.In("package")], Home).Is(old, Digest.Of("old"u8).ToString()));
    }

    [Fact]
    public void What_is_no_memory_is_none()
    {
        string file = Old("package/file", "text");
        var known = KnownDigests.Load([_folder.In("package")], Home);
        known.Of(file);
        known.Save();
        string kept = Assert.Single(Directory.GetFiles(Path.Combine(Home, "verified")));
        byte[] good = File.ReadAllBytes(kept);
        var random = new Random(5);
        for (int i = 0; i < Soak.Count(200, 5000); i++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(kept, i % 3 == 0 ? bad[..random.Next(bad.Length)] : bad);

            Assert.True(KnownDigests.Load([_folder.In("package")], Home).Is(file, Digest.Of("text"u8).ToString()));
        }
    }

    [Fact]
    public void A_home_that_cannot_be_written_costs_time_and_nothing_else()
    {
        string file = Old("package/file", "text"), home = _folder.Write("no-folder", "a file");
        var known = KnownDigests.Load([_folder.In("package")], home);

        Assert.Equal(Digest.Of("text"u8), known.Of(file));
        known.Save();
        Assert.Throws<FileNotFoundException>(() => known.Of(_folder.In("package/none")));
    }

    /// <summary>A file that was written long enough ago for its stamp to tell the next change.</summary>
    private string Old(string name, string text)
    {
        string file = _folder.Write(name, text);
        Thread.Sleep(50);
        return file;
    }
}
