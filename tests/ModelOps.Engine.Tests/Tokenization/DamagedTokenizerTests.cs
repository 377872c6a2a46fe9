using System.Text;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Tests.Tokenization;

/// <summary>A damaged <c>tokenizer.json</c> is refused with its own exception, or gives a tokenizer that encodes and decodes any text.</summary>
public sealed class DamagedTokenizerTests
{
    private static readonly string[] s_pieces =
        ["null", "true", "-1", "1e9", "\"\"", "\"type\"", "{", "}", "[", "]", ",", ":", "\"Sequence\"", "\"Regex\"", "\"(a*)*\"", "\"[a\"", "\"\\\\p{L\"", "\"(?i:a|b)+?\"", "99999999999", "\"\\ud800\""];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Cases", "tokenizers");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Random_damage_is_refused_or_harmless(string name)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Folder, name, "tokenizer.json"));
        // The vocabulary is most of a file and the least of its structure.
        int vocabulary = whole.AsSpan().IndexOf("\"vocab\""u8);
        var random = new Random(name.Length);
        string path = Path.Combine(Directory.CreateTempSubdirectory("damaged-").FullName, Tokenizer.FileName);
        try
        {
            for (int round = 0; round < Soak.Count(60, 5000); round++)
                Check(path, Damage(whole, random, random.Next(4) == 0 ? whole.Length : vocabulary));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Theory]
    [InlineData('(')]
    [InlineData('[')]
    public void A_pattern_nested_without_end_is_refused(char open)
    {
        string json = """{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"OPEN"},"behavior":"Isolated"},"model":{"vocab":{"a":0},"merges":[]}}"""
            .Replace("OPEN", new string(open, 100_000), StringComparison.Ordinal);
        string path = Path.Combine(Directory.CreateTempSubdirectory("deep-").FullName, Tokenizer.FileName);
        File.WriteAllText(path, json);
        Assert.Contains("nested", Assert.Throws<TokenizerException>(() => Tokenizer.LoadFile(path)).Reason, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static void Check(string path, byte[] json)
    {
        File.WriteAllBytes(path, json);
        try
        {
            var tokenizer = Tokenizer.LoadFile(path);
            int[] ids = tokenizer.Encode("The model\n answers 12 \U0001F642 <s>\u00E9\u0301 ");
            tokenizer.Decode(ids);
            tokenizer.Decode([-1, int.MaxValue, .. ids], skipSpecialTokens: true);
        }
        catch (TokenizerException e)
        {
            Assert.Equal(path, e.File);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"{e}\n{Encoding.UTF8.GetString(json)[..Math.Min(json.Length, 3000)]}");
        }
    }

    private static byte[] Damage(byte[] whole, Random random, int within)
    {
        var bytes = new List<byte>(whole);
        for (int i = 1 + random.Next(3); i > 0; i--)
        {
            int at = random.Next(Math.Min(within, bytes.Count));
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, Math.Min(random.Next(20), bytes.Count - at)); break;
                case 2: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(40), bytes.Count - at))); break;
                case 3: bytes.RemoveRange(at, bytes.Count - at); break;
                default: ReplaceValue(bytes, at, Encoding.UTF8.GetBytes(s_pieces[random.Next(s_pieces.Length)])); break;
            }

            if (bytes.Count == 0)
                break;
        }

        return [.. bytes];
    }

    /// <summary>Puts a piece where the next value stands, so that more damage is still JSON.</summary>
    private static void ReplaceValue(List<byte> bytes, int from, byte[] piece)
    {
        int colon = bytes.IndexOf((byte)':', from);
        if (colon < 0)
            return;
        int end = colon + 1;
        while (end < bytes.Count && bytes[end] is not ((byte)',' or (byte)'}'))
            end++;
        bytes.RemoveRange(colon + 1, end - colon - 1);
        bytes.InsertRange(colon + 1, piece);
    }
}
