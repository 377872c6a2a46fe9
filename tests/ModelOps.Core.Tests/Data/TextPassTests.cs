using System.Text;
using ModelOps.Core.Data;

namespace ModelOps.Core.Tests.Data;

/// <summary>The passes that take many bytes at a time say what a walk over the characters says.</summary>
public sealed class TextPassTests
{
    private static readonly string[] s_pieces =
    [
        "a", "Word", "WORD", "x1", "longerthanEIGHTletters", "an", "of", "7", " ", " ", " ", "  ", ".", ", ", "-", "_", "\\n", "\\t", "\\\"", "\\\\n", "\\\\", "\\u0041", "é", "ÉCOLE", "漢字", "\u00A0", "ά", "İ",
        "😀", "\u0301", new string('q', 70), new string(' ', 40), "the quick brown fox jumps over the lazy dog and goes on and on ",
    ];

    [Fact]
    public void Words_are_those_of_a_walk_over_the_characters()
    {
        foreach (string text in Texts(4_000))
        {
            var hasher = new WordHasher();
            hasher.Add(Encoding.UTF8.GetBytes("before"));
            hasher.Add(Encoding.UTF8.GetBytes(text));
            Assert.Equal([.. WordsOf("before"), .. WordsOf(text)], hasher.Words.ToArray());
        }
    }

    [Fact]
    public void A_normal_text_is_that_of_a_walk_over_the_characters()
    {
        foreach (string text in Texts(4_000))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text), target = new byte[NormalText.MaxLength(bytes.Length)];
            Assert.Equal(Normal(text), Encoding.UTF8.GetString(target, 0, NormalText.Write(bytes, target)));
        }
    }

    [Fact]
    public void The_scan_passes_over_no_line_in_which_a_walk_finds_a_fault()
    {
        string[] pieces = [.. s_pieces, "12345", "--", "@", "abcdefgh_", "\uFEFF", "\u200B", "Ã¼"];
        int faults = 0, clean = 0;
        foreach (string text in Texts(4_000, pieces, 6))
        {
            byte[] line = Encoding.UTF8.GetBytes(text);
            Assert.Equal(LineScan.HasFault(line), LineScan.IsSuspicious(line));
            (faults, clean) = LineScan.HasFault(line) ? (faults + 1, clean) : (faults, clean + 1);
        }

        Assert.True(faults > 500 && clean > 500, $"{faults} {clean}");
    }

    private static IEnumerable<string> Texts(int count, string[]? pieces = null, int most = 40)
    {
        var random = new Random(11);
        pieces ??= s_pieces;
        for (int i = 0; i < Soak.Count(count, 50 * count); i++)
        {
            // Long runs of ASCII with an exception now and then, and texts of all kinds.
            int kinds = random.Next(3) == 0 ? 13 : pieces.Length;
            yield return string.Concat(Enumerable.Range(0, random.Next(most)).Select(_ => pieces[random.Next(random.Next(12) == 0 ? pieces.Length : kinds)]));
        }
    }

    // FNV-1a of each run of letters and digits in lower case; an escape separates, and its second character is none.
    private static IEnumerable<uint> WordsOf(string text)
    {
        uint word = 0;
        for (int i = 0; i < text.Length;)
        {
            Rune rune = Rune.GetRuneAt(text, i);
            bool ideograph = rune.Value is >= 0x3400 and <= 0x9FFF;
            bool letter = Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.NonSpacingMark;
            if (word != 0 && (ideograph || !letter))
            {
                yield return word;
                word = 0;
            }

            if (letter)
            {
                word = ((word == 0 ? 2166136261 : word) ^ (uint)(ideograph ? rune : Rune.ToLowerInvariant(rune)).Value) * 16777619;
                if (ideograph)
                {
                    yield return word;
                    word = 0;
                }
            }

            i += text[i] == '\\' ? 2 : rune.Utf16SequenceLength;
        }

        if (word != 0)
        {
            yield return word;
        }
    }

    private static string Normal(string text)
    {
        var normal = new StringBuilder();
        bool blank = false;
        for (int i = 0; i < text.Length;)
        {
            Rune rune = Rune.GetRuneAt(text, i);
            bool escape = text[i] == '\\' && text[i + 1] is 'n' or 'r' or 't';
            if (escape || Rune.IsWhiteSpace(rune))
            {
                blank = true;
                i += escape ? 2 : 1;
                continue;
            }

            int length = text[i] == '\\' ? 2 : rune.Utf16SequenceLength;
            normal.Append(blank && normal.Length > 0 ? " " : "").Append(length == 2 && text[i] == '\\' ? text.Substring(i, 2) : Rune.ToLowerInvariant(rune).ToString());
            blank = false;
            i += length;
        }

        return normal.ToString();
    }
}
