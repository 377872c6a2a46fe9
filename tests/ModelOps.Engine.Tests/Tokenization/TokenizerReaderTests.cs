using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Tests.Tokenization;

public sealed class TokenizerReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("\"model\":{\"type\":\"Unigram\",\"vocab\":{}}", "model: the model 'Unigram' is not supported")]
    [InlineData("\"normalizer\":{\"type\":\"Nmt\"}", "normalizer: the normalizer 'Nmt' is not supported")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"UnicodeScripts\"}]}", "pre_tokenizer.pretokenizers[0]: the pre-tokenizer 'UnicodeScripts'")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\p{Runic}\"},\"behavior\":\"Isolated\"}", "the property 'Runic' is not supported")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(?<=a)b\"},\"behavior\":\"Isolated\"}", "this kind of group is not supported")]
    [InlineData("\"post_processor\":{\"type\":\"BertProcessing\"}", "the post-processor 'BertProcessing'")]
    [InlineData("\"decoder\":{\"type\":\"CTC\"}", "the decoder 'CTC'")]
    [InlineData("\"added_tokens\":[{\"id\":0,\"content\":\"x\"}]", "with which the vocabulary disagrees")]
    [InlineData("\"model\":{\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}", "which the vocabulary lacks")]
    [InlineData("\"model\":{\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}", "share one id")]
    [InlineData("\"model\":{\"vocab\":{\"a\":0},\"merges\":[],\"dropout\":0.1}", "dropout")]
    [InlineData("\"model\":{\"vocab\":{\"a\":\"0\"},\"merges\":[]}", "another type")]
    public void What_is_not_supported_is_refused_by_name(string part, string reason)
    {
        string model = part.StartsWith("\"model\"", StringComparison.Ordinal) ? "" : ",\"model\":{\"vocab\":{\"a\":0,\"b\":1},\"merges\":[]}";
        var e = Assert.Throws<TokenizerException>(() => Load($"{{{part}{model}}}"));
        Assert.Contains(reason, e.Reason, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(_folder, "tokenizer.json"), e.File);
    }

    [Fact]
    public void Truncation_and_padding_of_the_file_are_ignored()
    {
        var tokenizer = Load("""{"truncation":{"max_length":1},"padding":{"strategy":{"Fixed":9}},"model":{"vocab":{"a":0,"b":1},"merges":[]}}""");
        Assert.Equal([0, 1, 0], tokenizer.Encode("aba"));
    }

    [Fact]
    public void Ids_and_tokens_are_looked_up_both_ways()
    {
        var tokenizer = Load("""{"added_tokens":[{"id":7,"content":"<s>","special":true}],"model":{"vocab":{"a":0},"merges":[]}}""");
        Assert.Equal(8, tokenizer.VocabularySize);
        Assert.Equal(7, tokenizer.IdOf("<s>"));
        Assert.Null(tokenizer.IdOf("z"));
        Assert.Equal("a", tokenizer.TokenOf(0));
        Assert.Null(tokenizer.TokenOf(5));
        Assert.True(tokenizer.IsSpecial(7));
        Assert.False(tokenizer.IsSpecial(0));
        Assert.True(tokenizer.EncodesPartsAlike);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_encoded_as_the_replacement_character()
    {
        var tokenizer = Load("""{"model":{"vocab":{"a":0,"\uFFFD":1},"merges":[]}}""");
        Assert.Equal([0, 1, 0], tokenizer.Encode("a\uD83Da"));
    }

    [Fact]
    public void A_missing_file_and_broken_JSON_are_refused()
    {
        Assert.Throws<TokenizerException>(() => Tokenizer.Load(_folder));
        Assert.Throws<TokenizerException>(() => Load("{"));
    }

    private Tokenizer Load(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), json);
        return Tokenizer.Load(_folder);
    }
}
