using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class JsonTreeTests
{
    [Theory]
    [InlineData("", JsonProblemKind.Malformed, 1, 1)]
    [InlineData("{\"a\":}", JsonProblemKind.Malformed, 1, 6)]
    [InlineData("{\"a\" 1}", JsonProblemKind.Malformed, 1, 6)]
    [InlineData("{\"a\":1,}", JsonProblemKind.Malformed, 1, 8)]
    [InlineData("{a:1}", JsonProblemKind.Malformed, 1, 2)]
    [InlineData("[1 2]", JsonProblemKind.Malformed, 1, 4)]
    [InlineData("[1,]", JsonProblemKind.Malformed, 1, 4)]
    [InlineData("[1]]", JsonProblemKind.Malformed, 1, 4)]
    [InlineData("\n\n  nul", JsonProblemKind.Malformed, 3, 3)]
    [InlineData("01", JsonProblemKind.Malformed, 1, 2)]
    [InlineData("-", JsonProblemKind.Malformed, 1, 2)]
    [InlineData("1.", JsonProblemKind.Malformed, 1, 3)]
    [InlineData("1e+", JsonProblemKind.Malformed, 1, 4)]
    [InlineData("+1", JsonProblemKind.Malformed, 1, 1)]
    [InlineData("NaN", JsonProblemKind.Malformed, 1, 1)]
    [InlineData("'a'", JsonProblemKind.Malformed, 1, 1)]
    [InlineData("[\"é😀\" x]", JsonProblemKind.Malformed, 1, 8)] // é is one UTF-16 unit, the emoji two
    [InlineData("\"abc", JsonProblemKind.Malformed, 1, 1)]
    [InlineData("\"a\tb\"", JsonProblemKind.Malformed, 1, 3)]
    [InlineData("\"a\\x\"", JsonProblemKind.Malformed, 1, 3)]
    [InlineData("\"\\u12g4\"", JsonProblemKind.Malformed, 1, 2)]
    [InlineData("\"\\u12\"", JsonProblemKind.Malformed, 1, 2)]
    [InlineData("\"a\\", JsonProblemKind.Malformed, 1, 3)]
    [InlineData("\"\\ud800\"", JsonProblemKind.LoneSurrogate, 1, 2)]
    [InlineData("\"\\ud800\\u0041\"", JsonProblemKind.LoneSurrogate, 1, 2)]
    [InlineData("\"x\\udc00\"", JsonProblemKind.LoneSurrogate, 1, 3)]
    [InlineData("{\"a\":1,\"b\":2,\"a\":3}", JsonProblemKind.DuplicateKey, 1, 14)]
    [InlineData("{\"a\":1,\"\\u0061\":3}", JsonProblemKind.DuplicateKey, 1, 8)]
    [InlineData("{\"q\":{\"a\":{},\"a\":[]}}", JsonProblemKind.DuplicateKey, 1, 14)]
    [InlineData("[1e400]", JsonProblemKind.NumberTooLarge, 1, 2)]
    [InlineData("-1e309", JsonProblemKind.NumberTooLarge, 1, 1)]
    public void Problems_have_a_kind_and_a_place(string json, JsonProblemKind kind, int line, int column)
    {
        var thrown = Assert.Throws<JsonProblemException>(() => JsonTree.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Equal((kind, line, column), (thrown.Problem.Kind, thrown.Line, thrown.Column));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0xE9, (byte)'"' }, 2)] // Latin-1
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80, (byte)'"' }, 2)] // CESU-8
    [InlineData(new byte[] { (byte)'"', (byte)'a', 0xC0, 0x80, (byte)'"' }, 3)] // overlong NUL
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'{', 0 }, 1)] // UTF-16
    public void Bytes_that_are_not_UTF8_are_refused(byte[] bytes, int column)
    {
        var thrown = Assert.Throws<JsonProblemException>(() => JsonTree.Parse(bytes));
        Assert.Equal((JsonProblemKind.InvalidUtf8, 1, column), (thrown.Problem.Kind, thrown.Line, thrown.Column));
    }

    [Fact]
    public void A_literal_of_many_digits_can_be_too_large_as_well()
    {
        Assert.True(new JsonTree().TryParse(Encoding.ASCII.GetBytes(new string('9', 308)), out _));
        Assert.False(new JsonTree().TryParse(Encoding.ASCII.GetBytes(new string('9', 400)), out JsonProblem problem));
        Assert.Equal(JsonProblemKind.NumberTooLarge, problem.Kind);
        Assert.True(problem.Detail.Length < 200);
    }

    [Fact]
    public void Nesting_has_a_limit_and_no_stack_overflows()
    {
        static byte[] Nested(int depth) => Encoding.ASCII.GetBytes(new string('[', depth) + new string(']', depth));
        Assert.True(new JsonTree().TryParse(Nested(JsonTree.MaxDepth), out _));
        Assert.False(new JsonTree().TryParse(Nested(JsonTree.MaxDepth + 1), out JsonProblem problem));
        Assert.Equal((JsonProblemKind.TooDeep, JsonTree.MaxDepth), (problem.Kind, problem.Offset));
        Assert.False(new JsonTree().TryParse(Nested(1_000_000), out _));
    }

    [Fact]
    public void Duplicates_are_found_in_large_objects_too()
    {
        string members = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"k{i}\":{i}"));
        Assert.True(new JsonTree().TryParse(Encoding.ASCII.GetBytes($"{{{members}}}"), out _));
        string text = $"{{{members},\"k7\":1}}";
        Assert.False(new JsonTree().TryParse(Encoding.ASCII.GetBytes(text), out JsonProblem problem));
        Assert.Equal((JsonProblemKind.DuplicateKey, text.LastIndexOf("\"k7\"", StringComparison.Ordinal)), (problem.Kind, problem.Offset));
    }

    [Fact]
    public void Members_are_found_whatever_their_escapes()
    {
        JsonItem root = JsonTree.Parse("""{"first":{"x":[1,2,{"y":0}]},"n\u0061me":"v\n"}"""u8.ToArray()).Root;
        Assert.True(root.TryGet("name", out JsonItem value));
        Assert.Equal("v\n", value.GetString());
        Assert.False(root.TryGet("nam", out _));
        Assert.Equal(["first", "name"], root.Members().Select(m => m.Name));
        Assert.Equal(3, root.Member("first", JsonKind.Object).Member("x", JsonKind.Array).Items().Count());
    }

    // The platform's reader as an outside oracle: what it makes of our canonical text is what it makes of the source.
    [Fact]
    public void Canonical_text_means_the_same_to_another_reader()
    {
        var random = new Random(23);
        for (int i = 0; i < Soak.Count(2000, 100_000); i++)
        {
            string source = RandomJson(random, 4);
            byte[] canonical = CanonicalJson.From(Encoding.UTF8.GetBytes(source));
            using JsonDocument expected = JsonDocument.Parse(source), actual = JsonDocument.Parse(canonical);
            Assert.True(JsonElement.DeepEquals(expected.RootElement, actual.RootElement), source);
            Assert.Equal(canonical, CanonicalJson.From(canonical));
        }
    }

    [Fact]
    public void Any_text_survives_writing_and_reading()
        => Prop.ForAll<string?>(text =>
        {
            string whole = string.Concat((text ?? "").EnumerateRunes().Select(r => r.ToString()));
            var target = new System.Buffers.ArrayBufferWriter<byte>();
            CanonicalJson.Write(whole, target);
            return JsonTree.Parse(target.WrittenMemory).Root.GetString() == whole && JsonSerializer.Deserialize<string>(target.WrittenSpan) == whole;
        }).Check(Config.QuickThrowOnFailure.WithReplay(7, 11).WithMaxTest(Soak.Count(500, 20_000)));

    [Fact]
    public void The_order_of_members_does_not_count_when_sorted()
        => Prop.ForAll<int[]>(numbers =>
        {
            int[] keys = [.. numbers.Distinct()];
            string forward = $"{{{string.Join(',', keys.Select(k => $"\"{k}\":{k}"))}}}";
            string backward = $"{{{string.Join(" , ", keys.Reverse().Select(k => $"\"{k}\" : {k}"))}}}";
            return CanonicalJson.From(Encoding.UTF8.GetBytes(forward)).AsSpan().SequenceEqual(CanonicalJson.From(Encoding.UTF8.GetBytes(backward)));
        }).Check(Config.QuickThrowOnFailure.WithReplay(3, 5).WithMaxTest(Soak.Count(300, 20_000)));

    // Whatever the bytes: a clean parse or a problem inside the text, and what we accept the platform accepts too.
    [Fact]
    public void Mutated_bytes_never_crash()
    {
        var random = new Random(42);
        var tree = new JsonTree();
        int parsed = 0;
        int rounds = Soak.Count(30_000, 1_000_000);
        for (int i = 0; i < rounds; i++)
        {
            byte[] bytes = Mutate(Encoding.UTF8.GetBytes(RandomJson(random, 3)), random);
            if (tree.TryParse(bytes, out JsonProblem problem))
            {
                parsed++;
                ReadOnlyMemory<byte> rest = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(3) : bytes;
                using var document = JsonDocument.Parse(rest);
                CanonicalJson.Write(tree.Root, new System.Buffers.ArrayBufferWriter<byte>());
            }
            else
            {
                Assert.InRange(problem.Offset, 0, bytes.Length);
                Assert.NotEmpty(problem.Detail);
                Assert.True(JsonProblem.Position(bytes, problem.Offset) is { Line: >= 1, Column: >= 1 });
            }
        }

        Assert.InRange(parsed, rounds / 30, rounds * 29 / 30);
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        for (int edits = random.Next(0, 4); edits > 0 && bytes.Length > 0; edits--)
        {
            int at = random.Next(bytes.Length);
            bytes = random.Next(3) switch
            {
                0 => [.. bytes[..at], .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]],
                _ => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
            };
        }

        return bytes;
    }

    private static string RandomJson(Random random, int depth) => random.Next(depth > 0 ? 7 : 5) switch
    {
        0 => random.Next(2) == 0 ? "true" : "null",
        1 => random.Next(-1000, 1000).ToString(),
        2 => $"{random.Next(100)}.{random.Next(100)}e{random.Next(-20, 20)}",
        3 or 4 => RandomString(random),
        5 => $"[ {string.Join(" ,\n", Enumerable.Range(0, random.Next(4)).Select(_ => RandomJson(random, depth - 1)))}]",
        _ => $"{{{string.Join(",", Enumerable.Range(0, random.Next(4)).Select(i => $"\"{i}{"aé€😀\\u00e9\\n"[..random.Next(2)]}\" : {RandomJson(random, depth - 1)}"))}\t}}",
    };

    private static string RandomString(Random random)
    {
        string[] pieces = ["a", "é", "€", "😀", "\uFB33", "\\n", "\\\"", "\\\\", "\\/", "\\u20ac", "\\ud83d\\ude00", "\\u0000", " ", "{", ","];
        return $"\"{string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]))}\"";
    }
}
