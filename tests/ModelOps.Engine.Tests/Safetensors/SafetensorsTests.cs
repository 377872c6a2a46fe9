using System.Buffers.Binary;
using System.Text;
using ModelOps.Engine.Safetensors;

namespace ModelOps.Engine.Tests.Safetensors;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safetensors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_back()
    {
        string path = In("a.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                SafetensorsEntry.FromFloats("b", [2, 2], new float[] { 1, 2, 3, 4 }),
                SafetensorsEntry.FromBytes("a", SafetensorsType.BF16, [3], new byte[] { 1, 2, 3, 4, 5, 6 }),
                SafetensorsEntry.FromFloats("\"é\n", [0, 5], ReadOnlyMemory<float>.Empty),
                SafetensorsEntry.FromFloats("scalar", [], new float[] { 7 }),
            ],
            new Dictionary<string, string> { ["format"] = "pt" });
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["\"é\n", "b", "scalar", "a"], file.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal).OrderBy(n => n == "a"));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.True(file.TryGet("b", out var b));
        Assert.Equal([2, 2], b.Shape);
        Assert.Equal(4, b.ElementCount);
        Assert.Equal(3f, BinaryPrimitives.ReadSingleLittleEndian(b.Bytes[8..]));
        Assert.True(file.TryGet("a", out var a));
        Assert.Equal(SafetensorsType.BF16, a.Type);
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5, 6 }, a.Bytes.ToArray());
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_order_of_the_entries()
    {
        var one = SafetensorsEntry.FromFloats("one", [1], new float[] { 1 });
        var two = SafetensorsEntry.FromFloats("two", [1], new float[] { 2 });
        SafetensorsWriter.Write(In("x"), [one, two]);
        SafetensorsWriter.Write(In("y"), [two, one]);
        Assert.Equal(File.ReadAllBytes(In("x")), File.ReadAllBytes(In("y")));
        Assert.Equal(["x", "y"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        SafetensorsWriter.Write(In("x"), [SafetensorsEntry.FromFloats("one", [1], new float[] { 1 })]);
        byte[] before = File.ReadAllBytes(In("x"));
        Assert.Throws<InvalidOperationException>(
            () => SafetensorsWriter.Write(In("x"), [SafetensorsEntry.FromFloats("one", [2], new float[] { 1 })]));
        Assert.Equal(before, File.ReadAllBytes(In("x")));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", 8, "ends at byte 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "the file has 5")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "twice")]
    [InlineData("""{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,4]}}""", 4, "needs 2 bytes")]
    [InlineData("""{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}""", 4, "unsupported dtype 'F4'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}""", 4, "more bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "before it begins")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 0, "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}""", 4, "unknown field 'x'")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "not a string")]
    [InlineData("""{"a":5}""", 0, "not an object")]
    [InlineData("""{} {}""", 0, "JSON")]
    [InlineData("""{"a":""", 0, "JSON")]
    [InlineData("""[1]""", 0, "does not start with '{'")]
    public void A_malformed_header_is_refused(string header, int dataLength, string reason)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        Refused(bytes, reason);
    }

    [Fact]
    public void A_header_longer_than_the_file_or_the_limit_is_refused()
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, 9);
        Refused(bytes, "ends after 16");
        BinaryPrimitives.WriteInt64LittleEndian(bytes, 100_000_001);
        Refused(bytes, "allows 100000000");
        BinaryPrimitives.WriteInt64LittleEndian(bytes, -1);
        Refused(bytes, "allows 100000000");
        Refused([1, 2, 3], "has 3 bytes");
        Refused([], "has 0 bytes");
    }

    [Fact]
    public void Placeholders_are_named()
    {
        Refused(Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"), "Git LFS pointer");
        Refused(Encoding.UTF8.GetBytes("../../blobs/4f2a9c0e"), "symbolic link to '../../blobs/4f2a9c0e'");
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(In("absent")));
    }

    [Fact]
    public void Shards_are_joined_by_their_index()
    {
        SafetensorsWriter.Write(In("m-1.safetensors"), [SafetensorsEntry.FromFloats("one", [1], new float[] { 1 })]);
        SafetensorsWriter.Write(In("m-2.safetensors"), [SafetensorsEntry.FromFloats("two", [1], new float[] { 2 })]);
        WriteIndex("""{"metadata":{},"weight_map":{"two":"m-2.safetensors","one":"m-1.safetensors"}}""");
        using var folder = SafetensorsFolder.Open(_folder);
        Assert.Equal(["one", "two"], folder.Tensors.Select(t => t.Name));
        Assert.True(folder.TryGet("two", out var two));
        Assert.Equal(2f, BinaryPrimitives.ReadSingleLittleEndian(two.Bytes));
    }

    [Theory]
    [InlineData("""{"weight_map":{"one":"m-1.safetensors","zwei":"m-1.safetensors"}}""", "'zwei' is in m-1.safetensors")]
    [InlineData("""{"weight_map":{"one":"../m-1.safetensors"}}""", "same folder")]
    [InlineData("""{"weight_map":{"one":".."}}""", "same folder")]
    [InlineData("""{"weight_map":{"one":"/etc/hostname"}}""", "same folder")]
    [InlineData("""{"weight_map":{"one":"sub\\m-1.safetensors"}}""", "same folder")]
    [InlineData("""{"weight_map":{"one":"m-3.safetensors"}}""", "no such file")]
    [InlineData("""{"weight_map":{"one":"m-1.safetensors","one":"m-1.safetensors"}}""", "twice")]
    [InlineData("""{}""", "weight_map")]
    [InlineData("""{""", "not JSON")]
    public void A_wrong_index_is_refused(string index, string reason)
    {
        SafetensorsWriter.Write(In("m-1.safetensors"), [SafetensorsEntry.FromFloats("one", [1], new float[] { 1 })]);
        WriteIndex(index);
        Assert.Contains(reason, Assert.Throws<SafetensorsException>(() => SafetensorsFolder.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_is_refused() =>
        Assert.Contains("neither", Assert.Throws<SafetensorsException>(() => SafetensorsFolder.Open(_folder)).Message, StringComparison.Ordinal);

    private void Refused(byte[] bytes, string reason)
    {
        File.WriteAllBytes(In("bad.safetensors"), bytes);
        var e = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(In("bad.safetensors")));
        Assert.Equal(In("bad.safetensors"), e.File);
        Assert.Contains(reason, e.Reason, StringComparison.Ordinal);
    }

    private void WriteIndex(string json) => File.WriteAllText(In(SafetensorsFolder.IndexName), json);

    private string In(string name) => Path.Combine(_folder, name);
}
