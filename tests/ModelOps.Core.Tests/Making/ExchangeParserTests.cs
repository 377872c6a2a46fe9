using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Making;

namespace ModelOps.Core.Tests.Making;

public sealed class ExchangeParserTests
{
    private static readonly string[] s_lines =
    [
        """{"request":{"model":"m","messages":[{"role":"developer","content":"s"},{"role":"user","content":"q"}]},"response":{"id":"c1","choices":[{"message":{"role":"assistant","content":"a","annotations":[]},"finish_reason":"stop"}]},"feedback":"up"}""",
        """{"custom_id":"r1","request":{"method":"POST","body":{"messages":[{"role":"user","content":[{"type":"text","text":"q"}]}]}},"response":{"status_code":200,"body":{"choices":[{"message":{"content":"a"}}]}},"feedback":{"rating":-1,"correction":"b"}}""",
        """{"request":{"instructions":"s","input":"q"},"response":{"output":[{"type":"reasoning","summary":[]},{"type":"message","content":[{"type":"output_text","text":"a"}]}]},"metadata":{"feedback":"thumbs_down"}}""",
        """{"request":{"system":"s","messages":[{"role":"user","content":"q"}]},"response":{"content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"},"rating":true}""",
        """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"feedback":"👍"}""",
        """{"prompt":"q","completion":"a","feedback":1}""",
        """{"question":"q","answer":"a","corrected_answer":"b"}""",
        """{"request":{"prompt":"q"},"response":{"choices":[{"text":"a"}]}}""",
        """{"input":"q","output":"a","feedback":"none"}""",
    ];

    [Theory]
    [InlineData(0, "system: s|user: q", Feedback.Up, null)]
    [InlineData(1, "user: q", Feedback.Down, "b")]
    [InlineData(2, "system: s|user: q", Feedback.Down, null)]
    [InlineData(3, "system: s|user: q", Feedback.Up, null)]
    [InlineData(4, "user: q", Feedback.Up, null)]
    [InlineData(5, "user: q", Feedback.Up, null)]
    [InlineData(6, "user: q", Feedback.None, "b")]
    [InlineData(7, "user: q", Feedback.None, null)]
    [InlineData(8, "user: q", Feedback.None, null)]
    public void Shapes_of_logs_are_read(int line, string prompt, Feedback feedback, string? correction)
    {
        Exchange exchange = Parse(s_lines[line])!.Exchange!;

        Assert.Equal((prompt, "a", feedback, correction, null), (string.Join('|', exchange.Prompt.Select(m => $"{m.Role}: {m.Content}")), exchange.Answer, exchange.Feedback, exchange.Correction, exchange.Unusable));
    }

    [Theory]
    [InlineData("cut", """{"prompt":"q","response":{"choices":[{"message":{"content":"a"},"finish_reason":"length"}]}}""")]
    [InlineData("cut", """{"prompt":"q","response":{"content":"a","stop_reason":"max_tokens"}}""")]
    [InlineData("filtered", """{"prompt":"q","response":{"choices":[{"message":{"content":"a"},"finish_reason":"content_filter"}]}}""")]
    [InlineData("tool calls", """{"prompt":"q","response":{"choices":[{"message":{"content":null,"tool_calls":[{"id":"1"}]}}]}}""")]
    [InlineData("tool calls", """{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"1"}]},{"role":"tool","content":"r"}],"answer":"a"}""")]
    [InlineData("tool calls", """{"input":[{"role":"user","content":"q"},{"type":"function_call_output","output":"r"}],"answer":"a"}""")]
    [InlineData("refused", """{"prompt":"q","response":{"choices":[{"message":{"content":null,"refusal":"no"}}]}}""")]
    [InlineData("not text", """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}],"answer":"a"}""")]
    [InlineData("no answer", """{"prompt":"q","response":{"status_code":429,"body":{"error":{"message":"busy"}}}}""")]
    [InlineData("no answer", """{"prompt":"q","answer":" "}""")]
    [InlineData("no answer", """{"prompt":"q"}""")]
    [InlineData("no question", """{"messages":[{"role":"system","content":"s"}],"answer":"a"}""")]
    public void What_teaches_nothing_says_why(string why, string line) => Assert.Equal(why, Parse(line)!.Exchange!.Unusable);

    [Theory]
    [InlineData("MOPS1001", 0, """{"prompt":"q",""")]
    [InlineData("MOPS1130", 1, "[1]")]
    [InlineData("MOPS1130", 1, """{"feedback":"up"}""")]
    [InlineData("MOPS1130", 1, """{"id":"x"}""")]
    [InlineData("MOPS1130", 14, """{"messages":[{"role":"wizard","content":"q"}]}""")]
    [InlineData("MOPS1130", 11, """{"prompt":{"a":1},"answer":"a"}""")]
    [InlineData("MOPS1130", 26, """{"prompt":"q","response":{"object":"chat.completion.chunk"}}""")]
    [InlineData("MOPS1130", 25, """{"prompt":"q","answers":["a"]}""")]
    [InlineData("MOPS1130", 25, """{"prompt":"q","answers":["a","b","c"]}""")]
    [InlineData("MOPS1130", 25, """{"prompt":"q","answers":["a",{"text":"b","score":1}]}""")]
    [InlineData("MOPS1131", 39, """{"prompt":"q","answer":"a","feedback":4}""")]
    [InlineData("MOPS1131", 39, """{"prompt":"q","answer":"a","feedback":"meh"}""")]
    public void What_is_no_exchange_has_a_code_and_its_place(string code, int column, string line)
    {
        var problems = new ProblemList();

        Assert.Null(Parse(line, problems));
        Diagnostic problem = Assert.Single(problems.InOrder());
        Assert.Equal((code, 7), (problem.Code, problem.Location!.Value.Line));
        Assert.True(column == 0 || column == problem.Location.Value.Column, $"{problem}");
    }

    [Fact]
    public void Damaged_lines_are_read_or_refused_with_a_code()
    {
        var random = new Random(5);
        byte[][] good = [.. s_lines.Append("""{"prompt":"q","answers":[{"text":"a","score":2},{"text":"b","score":1.5}]}""").Select(Encoding.UTF8.GetBytes)];
        for (int i = 0; i < Soak.Count(5_000, 500_000); i++)
        {
            byte[] bytes = [.. good[random.Next(good.Length)]];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:\\1 ae"[random.Next(12)];
            }

            var problems = new ProblemList();
            LogLine? line = new ExchangeParser().Parse(bytes.AsMemory(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length), "log.jsonl", 7, problems);
            Assert.Equal(line is null ? 1 : 0, problems.Count);
        }
    }

    private static LogLine? Parse(string line, ProblemList? problems = null) => new ExchangeParser().Parse(Encoding.UTF8.GetBytes(line), "log.jsonl", 7, problems ?? new ProblemList());
}
