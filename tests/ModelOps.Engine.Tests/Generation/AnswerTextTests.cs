using System.Text;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Tests.Generation;

public sealed class AnswerTextTests
{
    [Theory]
    [InlineData("abcd", "bc", "a")]
    [InlineData("aaab", "aab", "a")]
    [InlineData("abab!", "abb|b!", "aba")]
    [InlineData("abc", "bc|abc", "")]
    [InlineData("xabcd", "abcd|bc", "xa")] // the one that is whole first, though another one began before it
    [InlineData("é\nEnd", "\n", "é")]
    [InlineData("no stop ab", "abc", "no stop ab")]
    public void Text_ends_before_the_first_stop_string_however_it_is_divided(string text, string stops, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var tokenizer = TinyTokenizer.WithAllBytes(Enumerable.Range(2, 3).SelectMany(n => Enumerable.Range(0, Math.Max(0, bytes.Length - n + 1)).Select(i => bytes[i..(i + n)])));
        var random = new CounterRandom(1, 2);
        for (ulong round = 0; round < 40; round++)
        {
            var answer = new AnswerText(tokenizer, stops.Split('|'));
            var given = new StringBuilder();
            for (int at = 0; at < bytes.Length && !answer.IsStopped;)
            {
                int length = Math.Min(1 + (int)(random.Uniform((round * 100) + (ulong)at) * 4), bytes.Length - at);
                given.Append(answer.Add(tokenizer.IdOf(Spelling(bytes.AsSpan(at, length)))!.Value));
                Assert.StartsWith(given.ToString(), expected, StringComparison.Ordinal);
                at += length;
            }

            given.Append(answer.Finish());
            Assert.Equal(expected, given.ToString());
            Assert.Equal(given.ToString(), answer.Text);
        }
    }

    [Fact]
    public void Incomplete_characters_wait_and_are_replaced_at_the_end()
    {
        var tokenizer = TinyTokenizer.WithAllBytes([]);
        var answer = new AnswerText(tokenizer, []);
        Assert.Equal(["a", "", "", "€", ""], "a€"u8.ToArray().Append((byte)0xC3).Select(b => answer.Add(b)));
        Assert.Equal("\uFFFD", answer.Finish());
        Assert.Equal("a€\uFFFD", answer.Text);
    }

    private static string Spelling(ReadOnlySpan<byte> bytes) => string.Concat(bytes.ToArray().Select(ByteLevelAlphabet.CharOf));
}
