using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Resolving;

namespace ModelOps.Pipeline.Tests.Resolving;

public sealed class PromptRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"prompt":"a"}""", "user: a")]
    [InlineData("""{"messages":[{"content":"s","role":"system"},{"role":"user","content":"q"}]}""", "system: s|user: q")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"r"}]}""", "user: q|assistant: a|user: r")]
    public void A_prompt_is_read(string line, string expected)
        => Assert.Equal(expected, string.Join('|', Assert.Single(Read(line)!).Messages.Select(m => $"{m.Role}: {m.Content}")));

    [Theory]
    [InlineData("""{"prompt":""}""", "MOPS1061")]
    [InlineData("""{"prompt":1}""", "MOPS1061")]
    [InlineData("""{"promt":"a"}""", "MOPS1061")]
    [InlineData("""{"prompt":"a","completion":"b"}""", "MOPS1061")]
    [InlineData("""{"messages":[]}""", "MOPS1061")]
    [InlineData("""{"messages":"a"}""", "MOPS1061")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "MOPS1061")]
    [InlineData("""{"messages":[{"role":"wizard","content":"q"}]}""", "MOPS1061")]
    [InlineData("""{"messages":[{"role":"user","content":"q","name":"n"}]}""", "MOPS1061")]
    [InlineData("""["a"]""", "MOPS1061")]
    [InlineData("""{"prompt":"a""", "MOPS1001")]
    [InlineData("""{"prompt":"a","prompt":"b"}""", "MOPS1017")]
    public void What_is_no_prompt_is_refused_with_its_place(string line, string code)
    {
        Assert.Null(Read("{\"prompt\":\"good\"}\n\n" + line));
        Assert.Equal((code, 3), (_log.Diagnostics[0].Code, _log.Diagnostics[0].Location!.Value.Line));
    }

    /// <summary>Whatever a file holds, it is read or refused with a code; nothing else.</summary>
    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        var random = new Random(7);
        byte[] good = "{\"prompt\":\"a\"}\n{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"q\\u00e9\"}]}\r\n"u8.ToArray();
        for (int i = 0; i < Soak.Count(500, 20_000); i++)
        {
            byte[] bytes = [.. good];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:\\\n ae"[random.Next(12)];
            }

            File.WriteAllBytes(_folder["p.jsonl"], bytes[..random.Next(bytes.Length)]);
            var log = new TestLog();
            IReadOnlyList<PromptLine>? prompts = PromptRows.Read([_folder["p.jsonl"]], log);
            Assert.Equal(prompts is null, log.Diagnostics.Count > 0);
            Assert.All(log.Diagnostics, d => Assert.StartsWith("MOPS10", d.Code, StringComparison.Ordinal));
        }
    }

    private IReadOnlyList<PromptLine>? Read(string text) => PromptRows.Read([_folder.Write("prompts.jsonl", text)], _log);
}
