using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Core.Tests.Packaging;

/// <summary>Packages that somebody made on purpose: refused before anything is written, and nothing is ever written outside.</summary>
public sealed class PackageArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("model/../../evil.txt")]
    [InlineData("model/..")]
    [InlineData("/evil.txt")]
    [InlineData("//server/share/evil.txt")]
    [InlineData("C:/evil.txt")]
    [InlineData("C:evil.txt")]
    [InlineData("..\\evil.txt")]
    [InlineData("model\\..\\..\\evil.txt")]
    [InlineData("%2e%2e/evil.txt")]
    [InlineData("model/%2e%2e%2f%2e%2e%2fevil.txt")]
    [InlineData("%2Fevil.txt")]
    [InlineData("model//evil.txt")]
    [InlineData("model/./evil.txt")]
    [InlineData("model/nul")]
    [InlineData("model/COM1.safetensors")]
    [InlineData("model/evil.txt.")]
    [InlineData("model/evil ")]
    [InlineData("model/a:stream")]
    [InlineData("model/a\nb")]
    [InlineData("model/a\u0000b")]
    public void A_name_that_leaves_the_folder_is_refused(string name) => Refuses("MOPS6102", zip => Add(zip, name, "evil"));

    [Fact]
    public void Links_and_devices_are_refused()
    {
        foreach (int type in (int[])[0xA000, 0x2000, 0x6000, 0x1000, 0xC000])
        {
            Refuses("MOPS6102", zip => Add(zip, "model/link", "/etc/passwd").ExternalAttributes = (type | 0x1FF) << 16);
        }
    }

    [Theory]
    [InlineData("model/a.json", "model/a.json")]
    [InlineData("model/a.json", "Model/A.JSON")]
    [InlineData("model/a.json", "model/%61.json")]
    [InlineData("model/é", "model/é")]
    [InlineData("model/a", "model/a/b")]
    [InlineData("model/a/b", "MODEL/A")]
    public void Two_entries_of_one_name_are_refused(string one, string two) => Refuses("MOPS6103", zip =>
    {
        Add(zip, one, "first");
        Add(zip, two, "second");
    });

    [Fact]
    public void More_content_than_a_file_of_that_length_holds_is_refused()
    {
        // 100 MB of zeros in 100 kB.
        Refuses("MOPS6104", zip =>
        {
            using Stream stream = zip.CreateEntry("model/zeros.bin", CompressionLevel.SmallestSize).Open();
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 100; i++)
            {
                stream.Write(zeros);
            }
        });
    }

    [Theory]
    [InlineData(10_000_000_000u / 4)]
    [InlineData(uint.MaxValue - 1)]
    public void A_large_claim_is_refused(uint claimed)
    {
        string path = Make(zip => Add(zip, "model/small.bin", "small"));
        Patch(path, claimed);
        Assert.Equal("MOPS6104", Code(path));
    }

    [Fact]
    public void Ten_gigabytes_claimed_by_Zip64_are_refused()
    {
        // Written by hand: a directory record whose size stands in a Zip64 field.
        byte[] name = "model/huge.bin"u8.ToArray();
        using var zip = new MemoryStream();
        using (var writer = new BinaryWriter(zip, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(0x04034b50u);
            writer.Write(new byte[] { 45, 0, 0, 0, 0, 0, 0, 0, 33, 80, 0, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0 });
            writer.Write((ushort)name.Length);
            writer.Write((ushort)0);
            writer.Write(name);
            writer.Write("small"u8);
            uint offset = (uint)zip.Position;
            writer.Write(0x02014b50u);
            writer.Write(new byte[] { 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 33, 80, 0, 0, 0, 0, 5, 0, 0, 0 });
            writer.Write(uint.MaxValue);
            writer.Write((ushort)name.Length);
            writer.Write((ushort)12);
            writer.Write(new byte[14]);
            writer.Write(name);
            writer.Write(new byte[] { 1, 0, 8, 0 });
            writer.Write(10_000_000_000L);
            uint size = (uint)zip.Position - offset;
            writer.Write(0x06054b50u);
            writer.Write(new byte[] { 0, 0, 0, 0, 1, 0, 1, 0 });
            writer.Write(size);
            writer.Write(offset);
            writer.Write((ushort)0);
        }

        string path = _folder.In("huge.nupkg");
        File.WriteAllBytes(path, zip.ToArray());
        Assert.Equal("MOPS6104", Code(path));
    }

    [Fact]
    public void Content_beyond_what_the_directory_says_is_not_written()
    {
        string path = Make(zip => Add(zip, "model/small.bin", new string('x', 1000)));
        Patch(path, 10);
        string target = _folder.In("target");
        using var archive = PackageArchive.Open(path);

        // The runtime's reader may cut it there, or hand it out and be refused: what is on the disk is what counts, and digests refuse the rest.
        Assert.True(Record.Exception(() => archive.Extract(target)) is null or DiagnosticException { Diagnostic.Code: "MOPS6104" });
        Assert.True(Directory.GetFiles(target, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length) <= 10);
    }

    [Fact]
    public void What_is_no_archive_is_told()
    {
        Assert.Equal("MOPS6105", Code(_folder.Write("text.nupkg", "no zip")));
        Assert.Equal("MOPS6105", Code(_folder.Write("empty.nupkg", "")));
        Assert.Equal("MOPS6107", Code(_folder.In("nothing.nupkg")));
    }

    [Fact]
    public void Ten_thousand_mutations_write_nothing_outside_and_break_nothing()
    {
        byte[] good = File.ReadAllBytes(Make(zip =>
        {
            Add(zip, "model/modelops.json", "{}");
            Add(zip, "model/../model/x", "never");
            Add(zip, "lineage/eval.json", new string('e', 300));
        }));
        byte[] harmless = File.ReadAllBytes(Make(zip =>
        {
            Add(zip, "model/modelops.json", "{}");
            Add(zip, "lineage/eval.json", new string('e', 300));
        }));
        var random = new Random(61);
        string inside = _folder.In("area", "inside"), path = _folder.In("mutated.nupkg");
        for (int i = 0; i < Soak.Count(2_000, 100_000); i++)
        {
            byte[] bad = [.. i % 2 == 0 ? good : harmless];
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, bad[..(random.Next(10) == 0 ? random.Next(bad.Length) : bad.Length)]);
            try
            {
                using var archive = PackageArchive.Open(path);
                archive.Extract(inside);
            }
            catch (Exception e) when (e is DiagnosticException || (e is IOException && Directory.Exists(inside)))
            {
                // Refused with a code; IOException: the file system does not take a name.
            }

            Assert.Equal(Directory.Exists(inside) ? [inside] : [], Directory.Exists(_folder.In("area")) ? Directory.GetFileSystemEntries(_folder.In("area")) : []);
            if (Directory.Exists(inside))
            {
                Directory.Delete(inside, recursive: true);
            }
        }
    }

    [Fact]
    public void Content_and_signatures_come_out_and_what_is_NuGets_stays()
    {
        string path = Make(zip =>
        {
            foreach (string name in (string[])["[Content_Types].xml", "_rels/.rels", "X.nuspec", "package/services/a.psmdcp", "model/modelops.json", "model/with%20space.txt", "signatures/modelops.intoto.jsonl", ".signature.p7s", "LICENSE.txt"])
            {
                Add(zip, name, name);
            }
        });
        using var archive = PackageArchive.Open(path);
        archive.Extract(_folder.In("out"));

        Assert.Equal(
            ["LICENSE.txt", "model/modelops.json", "model/with space.txt", "signatures/modelops.intoto.jsonl"],
            Directory.GetFiles(_folder.In("out"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder.In("out"), f)).Order(StringComparer.Ordinal));
        Assert.Equal("model/modelops.json"u8.ToArray(), archive.Read("model/modelops.json"));
        Assert.Null(archive.Read("model/none"));
    }

    private void Refuses(string code, Action<ZipArchive> fill)
    {
        string path = Make(fill);
        Assert.Equal(code, Code(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
        File.Delete(path);
    }

    private static string Code(string path) => Assert.Throws<DiagnosticException>(() => PackageArchive.Open(path).Dispose()).Diagnostic.Code;

    private string Make(Action<ZipArchive> fill)
    {
        string path = _folder.In($"{Guid.NewGuid():n}.nupkg");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        fill(zip);
        return path;
    }

    private static ZipArchiveEntry Add(ZipArchive zip, string name, string text)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name);
        using Stream stream = entry.Open();
        stream.Write(Encoding.UTF8.GetBytes(text));
        return entry;
    }

    /// <summary>Changes the size in the only record of the directory.</summary>
    private static void Patch(string path, uint claimed)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int record = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - 22 + 16));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(record + 24), claimed);
        File.WriteAllBytes(path, bytes);
    }
}
