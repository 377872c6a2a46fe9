using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Tests.Tokenization;

/// <summary>A pattern that would run for ever is refused; those that only go far back are not.</summary>
public sealed class PatternLimitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pattern-").FullName;

    [Theory]
    [InlineData("(a+)+b")]
    [InlineData("(a|aa)+$")]
    [InlineData("(?=(a+)+b)a")]
    [InlineData("(?>(a+)+b)")]
    public void A_pattern_that_doubles_with_every_character_is_refused(string pattern)
    {
        var tokenizer = Load(pattern);
        tokenizer.Encode(new string('a', 12) + "c");
        var e = Assert.Throws<TokenizerException>(() => tokenizer.Encode(new string('a', 60) + "c"));
        Assert.Contains("too many steps", e.Reason, StringComparison.Ordinal);
        Assert.Contains("pre_tokenizer.pattern", e.Reason, StringComparison.Ordinal);
        Assert.EndsWith(Tokenizer.FileName, e.File, StringComparison.Ordinal);
    }

    /// <summary>The pattern of GPT-4's tokenizer and its like, on runs that make it try every end of a repetition.</summary>
    [Theory]
    [InlineData(@"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData(@"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+|\s+(?!\S)|\s+")]
    public void Published_patterns_never_meet_the_limit(string pattern)
    {
        var tokenizer = Load(pattern);
        foreach (string run in new[] { " ", "a", "A", "字", "\n", "1", " \n", "aA", "!\r", "é\u0301" })
        {
            string text = string.Concat(Enumerable.Repeat(run, 200_000 / run.Length)) + "x";
            Assert.NotNull(tokenizer.Encode(text));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Tokenizer Load(string pattern)
    {
        string json = """{"pre_tokenizer":{"type":"Split","pattern":{"Regex":PATTERN},"behavior":"Isolated"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}"""
            .Replace("PATTERN", System.Text.Json.JsonSerializer.Serialize(pattern), StringComparison.Ordinal);
        string path = Path.Combine(_folder, Tokenizer.FileName);
        File.WriteAllText(path, json);
        return Tokenizer.LoadFile(path);
    }
}
