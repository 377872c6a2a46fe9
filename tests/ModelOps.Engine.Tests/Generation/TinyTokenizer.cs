using System.Text;
using System.Text.Json;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Tests.Generation;

/// <summary>Byte-level tokenizers of a few tokens: ids are the places in the list.</summary>
internal static class TinyTokenizer
{
    /// <param name="tokens">Bytes of each token.</param>
    /// <param name="special">Special tokens behind them.</param>
    internal static Tokenizer Of(IEnumerable<byte[]> tokens, params string[] special)
    {
        var vocabulary = tokens.Select((bytes, id) => (Token: string.Concat(bytes.Select(ByteLevelAlphabet.CharOf)), id)).ToDictionary(t => t.Token, t => t.id);
        var added = special.Select((content, i) => new { id = vocabulary.Count + i, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true });
        return Load(new
        {
            added_tokens = added,
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, use_regex = false, trim_offsets = false },
            decoder = new { type = "ByteLevel", add_prefix_space = false, use_regex = false, trim_offsets = false },
            model = new { type = "BPE", vocab = vocabulary, merges = Array.Empty<string>() },
        });
    }

    internal static Tokenizer Of(params string[] tokens) => Of(tokens.Select(Encoding.UTF8.GetBytes));

    /// <summary>All single bytes, then the given tokens.</summary>
    internal static Tokenizer WithAllBytes(IEnumerable<byte[]> longer, params string[] special) =>
        Of(Enumerable.Range(0, 256).Select(b => new[] { (byte)b }).Concat(longer.Where(t => t.Length > 1).DistinctBy(Convert.ToHexString)), special);

    internal static Tokenizer Load(object json)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(json));
            return Tokenizer.LoadFile(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
