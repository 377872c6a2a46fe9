using System.Text.Json;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Tests.Tokenization;

/// <summary>Ids and decoded text against goldens of Hugging Face's tokenizers.</summary>
public sealed class TokenizerGoldenTests
{
    [TheoryIfShared]
    [InlineData("gpt2")]
    [InlineData("llama2-style-sp32k")]
    [InlineData("llama3-style-2k")]
    public void Real_tokenizers_give_the_ids_of_the_upstream_library(string name) => Check(SharedCases.In("tokenizers", name));

    public static TheoryData<string> OwnCases => [.. Directory.GetDirectories(OwnFolder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private static string OwnFolder => Environment.GetEnvironmentVariable("MODELOPS_TOKENIZER_CASES") ?? Path.Combine(AppContext.BaseDirectory, "Cases", "tokenizers");

    /// <summary>Written by eng/goldens/tokenizers.mjs; the variable lets the same test read a larger set of random strings.</summary>
    [Theory]
    [MemberData(nameof(OwnCases))]
    public void Every_component_gives_the_ids_of_the_upstream_library(string name) => Check(Path.Combine(OwnFolder, name));

    private static void Check(string folder)
    {
        var tokenizer = Tokenizer.Load(folder);
        var wrong = new List<string>();
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "GOLDEN.jsonl")))
        {
            count++;
            using var golden = JsonDocument.Parse(line);
            string text = golden.RootElement.GetProperty("text").GetString()!;
            int[] ids = Ids(golden.RootElement, "ids");
            int[] special = golden.RootElement.TryGetProperty("ids_with_special", out _) ? Ids(golden.RootElement, "ids_with_special") : ids;
            Compare("ids", ids, tokenizer.Encode(text, addSpecialTokens: false));
            Compare("ids_with_special", special, tokenizer.Encode(text));
            Compare("decoded", golden.RootElement.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
            if (golden.RootElement.TryGetProperty("decoded_skip_special", out var skipped))
                Compare("decoded_skip_special", skipped.GetString(), tokenizer.Decode(ids, skipSpecialTokens: true));
            Compare("streamed", tokenizer.Decode(ids), Stream(tokenizer, ids));

            void Compare<T>(string what, T expected, T actual)
            {
                string e = JsonSerializer.Serialize(expected), a = JsonSerializer.Serialize(actual);
                if (e != a)
                    wrong.Add($"{what} of {line[..Math.Min(line.Length, 120)]}\n  expected {e}\n  actual   {a}");
            }
        }

        Assert.True(count > 50);
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count}\n" + string.Join('\n', wrong.Take(12)));
    }

    private static int[] Ids(JsonElement golden, string name) => [.. golden.GetProperty(name).EnumerateArray().Select(e => e.GetInt32())];

    private static string Stream(Tokenizer tokenizer, int[] ids)
    {
        var stream = tokenizer.StreamDecode();
        return string.Concat(ids.Select(stream.Add).ToList()) + stream.Flush();
    }
}
