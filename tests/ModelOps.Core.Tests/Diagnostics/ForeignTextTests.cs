using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Diagnostics;

public sealed class ForeignTextTests
{
    [Theory]
    [InlineData("plain text, Ünïcode 😀", "plain text, Ünïcode 😀")]
    [InlineData(null, "")]
    [InlineData("\u001b[31mred\u001b[0m", "·red·")]
    [InlineData("\u001b]0;title\u0007x", "·x")]
    [InlineData("\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\", "··link··")]
    [InlineData("\u001b(Bx", "·x")]
    [InlineData("\u009b2Jx", "·x")]
    [InlineData("end\u001b", "end·")]
    [InlineData("end\u001b[31", "end·")]
    [InlineData("a\0b\u0007c\u007Fd", "a·b·c·d")]
    [InlineData("one\r\ntwo\nthree\rfour\u2028five", "one⏎two⏎three⏎four⏎five")]
    [InlineData("tab\there", "tab here")]
    [InlineData("user\u202Egpj.exe\u2066", "user·gpj.exe·")]
    [InlineData("zero\u200Bwidth\uFEFF", "zero·width·")]
    [InlineData("##vso[task.setvariable variable=x]y", "#·#vso[task.setvariable variable=x]y")]
    [InlineData("###[error]x", "#·#·#[error]x")]
    [InlineData("::set-output name=x::y", ":·:set-output name=x:·:y")]
    [InlineData(":::error::", ":·:·:error:·:")]
    public void Text_is_made_safe(string? text, string clean) => Assert.Equal(clean, ForeignText.Clean(text));

    [Fact]
    public void Half_an_emoji_becomes_a_replacement_character() => Assert.Equal("\uFFFD cut", ForeignText.Clean("\uD83D cut"));

    [Fact]
    public void Long_text_is_cut_and_says_so()
    {
        Assert.Equal($"{new string('x', 200)}… (9800 more)", ForeignText.Clean(new string('x', 10_000)));
        Assert.Equal("😀… (2 more)", ForeignText.Clean("😀😀", 1));
    }

    [Fact]
    public void Nothing_dangerous_survives_random_text()
    {
        var random = new Random(5);
        string[] pieces = ["#", ":", "\u001b", "[", "]", "vso", "a", "\n", "\r", "\0", "\u202e", "\u009b", "m", ";", "\\", "\u0007", "😀", "\uD83D"];
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, 12).Select(_ => pieces[random.Next(pieces.Length)]));
            string clean = ForeignText.Clean(text, 100);
            Assert.DoesNotContain("##", clean, StringComparison.Ordinal);
            Assert.DoesNotContain("::", clean, StringComparison.Ordinal);
            Assert.DoesNotContain(clean, c => char.IsControl(c) || c is '\u202E' or '\u2028');
        }
    }
}
