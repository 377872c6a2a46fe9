using ModelOps.Core.Artifacts;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Tests;

public sealed class StatCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Digest_is_that_of_the_content_cold_warm_touched_and_changed()
    {
        string file = _folder.Write("a", "hello");
        Assert.Equal(Digest.OfFile(file), DigestNow(file));
        Assert.Equal(Digest.OfFile(file), DigestNow(file));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-1));
        Assert.Equal(Digest.OfFile(file), DigestNow(file));
        _folder.Write("a", "HELLO");
        Assert.Equal(Digest.OfFile(file), DigestNow(file));
    }

    [Fact]
    public void Old_file_is_not_read_again()
    {
        string file = _folder.Write("a", "hello");
        Thread.Sleep(40);
        Digest first = DigestNow(file);

        // The entry's stamp is right and its digest is not: an answer with the wrong digest shows that the file was not opened.
        string cache = File.ReadAllText(_folder["cache"]);
        File.WriteAllText(_folder["cache"], cache.Replace(first.Hex, new string('f', 64), StringComparison.Ordinal));
        Assert.Equal(new string('f', 64), DigestNow(file).Hex);
    }

    [Fact]
    public void Young_file_is_read_again()
    {
        string file = _folder.Write("a", "hello");
        Digest first = DigestNow(file);
        DateTime time = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, "olleh");
        File.SetLastWriteTimeUtc(file, time);
        Assert.NotEqual(first, DigestNow(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData("modelops-stat 2\nx")]
    [InlineData("modelops-stat 1\n/a\t1\t2")]
    public void Cache_that_cannot_be_used_is_as_good_as_none(string text)
    {
        string file = _folder.Write("a", "hello");
        _folder.Write("cache", text);
        Assert.Equal(Digest.OfFile(file), DigestNow(file));
    }

    private Digest DigestNow(string file)
    {
        StatCache cache = StatCache.Load(_folder["cache"]);
        Digest digest = cache.DigestOf(file, TestContextToken);
        cache.Save();
        return digest;
    }

    private static CancellationToken TestContextToken => CancellationToken.None;
}
