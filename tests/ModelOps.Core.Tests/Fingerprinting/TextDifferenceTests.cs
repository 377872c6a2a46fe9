using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Fingerprinting;

public sealed class TextDifferenceTests
{
    [Theory]
    [InlineData("close the window please", "close the door please", "close the [-window-]{+door+} please")]
    [InlineData("", "new", "{+new+}")]
    [InlineData("old", "", "[-old-]")]
    [InlineData("same", "same", "same")]
    [InlineData("a b", "a  b", "a[- -]{+  +}b")]
    public void Words_are_compared(string old, string @new, string line) => Assert.Equal(line, TextDifference.ToLine(old, @new));

    [Fact]
    public void Foreign_text_is_clean_and_long_texts_are_shortened()
    {
        string long_ = string.Join(' ', Enumerable.Range(0, 400));
        string line = TextDifference.ToLine($"{long_} \u001b[31mred {long_}", $"{long_} ##vso[x] {long_}");
        Assert.DoesNotContain('\u001b', line);
        Assert.DoesNotContain("##", line, StringComparison.Ordinal);
        Assert.Contains('…', line);
        Assert.True(line.Length < 300, line);
    }

    [Fact]
    public void Pieces_give_back_both_texts()
    {
        var random = new Random(5);
        for (int i = 0; i < Soak.Count(300, 20_000); i++)
        {
            string old = Text(random), now = Text(random);
            IReadOnlyList<TextPiece> pieces = TextDifference.Between(old, now);
            Assert.Equal(old, string.Concat(pieces.Where(p => p.Sign != '+').Select(p => p.Text)));
            Assert.Equal(now, string.Concat(pieces.Where(p => p.Sign != '-').Select(p => p.Text)));
        }
    }

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => ((string[])["a", "bc", " ", "  ", ".", "😀", "\n"])[random.Next(7)]));
}
