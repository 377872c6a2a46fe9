using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class FileStampTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_stamp_tells_size_and_time()
    {
        string path = _folder.Write("a", "12345");
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        FileStamp stamp = FileStamp.Of(path)!.Value;
        Assert.Equal(5, stamp.Size);
        Assert.Equal(1577934245L * 1_000_000_000, stamp.Modified);
        Assert.Equal(stamp, FileStamp.Of(path));
        Assert.Null(FileStamp.Of(_folder.In("none")));
        Assert.Null(FileStamp.Of(_folder.Path));
    }

    [Fact]
    public void A_change_that_hides_behind_size_and_time_shows()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string path = _folder.Write("a", "12345");
        DateTime time = new(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);
        FileStamp before = FileStamp.Of(path)!.Value;
        // Replaced by a file of the same size and time, as cp -p and a rename do.
        File.SetLastWriteTimeUtc(_folder.Write("b", "54321"), time);
        File.Move(_folder.In("b"), path, overwrite: true);
        FileStamp after = FileStamp.Of(path)!.Value;
        Assert.Equal((before.Size, before.Modified), (after.Size, after.Modified));
        Assert.NotEqual(before.Inode, after.Inode);
        // Edited in place, time set back.
        Thread.Sleep(20);
        File.WriteAllText(path, "99999");
        File.SetLastWriteTimeUtc(path, time);
        FileStamp edited = FileStamp.Of(path)!.Value;
        Assert.Equal((after.Size, after.Modified, after.Inode), (edited.Size, edited.Modified, edited.Inode));
        Assert.True(edited.Changed > after.Changed);
    }

    [Fact]
    public void An_atomic_write_leaves_the_old_file_or_the_new_one()
    {
        string path = _folder.Write("a", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException("broken off");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        FileStamp before = FileStamp.Of(path)!.Value;
        Assert.False(AtomicFile.WriteIfDifferent(path, "old"u8.ToArray()));
        Assert.Equal(before, FileStamp.Of(path));
        Assert.True(AtomicFile.WriteIfDifferent(path, "new"u8.ToArray()));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }
}
