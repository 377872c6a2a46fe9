using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

/// <summary>The quick way through a row against the careful one: the same rows, the same problems.</summary>
public sealed class PlainRowTests
{
    private static readonly string[] s_texts =
    [
        "", " ", "yes", "a longer answer of several words", "tab\\tand\\nline", "\\n", "quote \\\" and \\\\", "caf\u00e9", "\u00a0", "\u3000", "\u6f22\u5b57", "\ud83d\ude00", "slash \\/",
        "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\b", "\\u0007", "\\u007f", "\u007f", "\\ud83d", "bad \\x", "raw \t tab", "{}", "[1,2]",
    ];

    private static readonly string[] s_roles = ["user", "assistant", "user", "assistant", "system", "tool", "User", "bot", "assist\\u0061nt", ""];

    private static readonly string[] s_values = ["1", "1.0", "-0", "true", "null", "[]", "{\"b\":1,\"a\":2}", "\"x\"", "1e999", "01", "nul", ""];

    [Fact]
    public void Both_ways_agree_on_random_rows()
    {
        var random = new Random(11);
        int rows = 0, quick = 0;
        for (int i = 0; i < Soak.Count(20_000, 400_000); i++)
        {
            string line = Row(random);
            byte[] bytes = random.Next(50) == 0 ? [.. Encoding.UTF8.GetBytes(line), 0xFF] : Encoding.UTF8.GetBytes(line);
            (RowBlock careful, string carefulProblems) = Parse(bytes, quick: false);
            (RowBlock fast, string fastProblems) = Parse(bytes, quick: true);
            Assert.Equal(carefulProblems, fastProblems);
            Assert.Equal(careful.Rows.Select(Describe), fast.Rows.Select(Describe));
            Assert.Equal(careful.RowsWithTools, fast.RowsWithTools);
            rows += careful.Rows.Length;
            quick += PlainRow.TryWrite(bytes, new byte[bytes.Length + PlainRow.Growth], out _, out _) ? 1 : 0;
        }

        // The generator makes enough of every kind.
        Assert.True(rows > 1000 && quick > 500 && quick < rows, $"{rows} rows, {quick} of them plain");
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""")]
    [InlineData("""{"messages": [{"content": "s", "role": "system"}, {"role": "user", "content": "cafe \\n x"}, {"role": "assistant", "content": "b"}]} """)]
    [InlineData("""{"prompt":"a","completion":"b"}""")]
    [InlineData("""{"completion":"b", "prompt":""}""")]
    public void Ordinary_rows_are_plain(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        Assert.True(PlainRow.TryWrite(bytes, new byte[bytes.Length + PlainRow.Growth], out _, out _));
    }

    [Fact]
    public void The_order_is_that_of_the_bytes()
    {
        var random = new Random(3);
        string[] words = ["a", "b", "ab", "", "the same long beginning of a text ", "the same long beginning of a text b", "\u00e9"];
        var text = new StringBuilder();
        for (int i = 0; i < 3000; i++)
        {
            string question = string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => words[random.Next(words.Length)]));
            text.Append($$"""{"prompt":"{{question}}","completion":"x"}""").Append('\n');
        }

        Row[] rows = Parse(Encoding.UTF8.GetBytes(text.ToString()), quick: true).Block.Rows;
        Row[] expected = [.. rows.Select((row, i) => (row, i)).OrderBy(p => p, Comparer<(Row Row, int I)>.Create(
            (a, b) => a.Row.Canonical.Span.SequenceCompareTo(b.Row.Canonical.Span) is not 0 and int order ? order : a.I.CompareTo(b.I))).Select(p => p.row)];
        CanonicalOrder.Sort(rows);
        Assert.Equal(expected.Select(r => r.Location.Line), rows.Select(r => r.Location.Line));
    }

    private static (RowBlock Block, string Problems) Parse(byte[] bytes, bool quick)
    {
        var problems = new ProblemList();
        RowBlock block = new RowParser(quick).ParseBlock(new LineBlock(0, 1, bytes), "f.jsonl", 0, problems);
        var log = new RecordingLog();
        problems.Report(log, (_, _) => throw new InvalidOperationException("one line has few problems"));
        return (block, string.Join('\n', log.Diagnostics));
    }

    private static string Describe(Row row) => string.Join('|', row.Id, Encoding.UTF8.GetString(row.Canonical.Span), Encoding.UTF8.GetString(row.CanonicalMessages.Span),
        Encoding.UTF8.GetString(row.CanonicalPrompt.Span), row.Location, row.Shape);

    private static string Row(Random random)
    {
        string Text() => s_texts[random.Next(random.Next(3) == 0 ? s_texts.Length : 8)];
        string Space() => random.Next(6) == 0 ? new string(' ', random.Next(3)) + (random.Next(3) == 0 ? "\t" : "") : "";
        string Message(int i)
        {
            string role = random.Next(6) == 0 ? s_roles[random.Next(s_roles.Length)] : i % 2 == 0 ? "user" : "assistant";
            var members = new List<string> { $"\"role\"{Space()}:{Space()}\"{role}\"", $"\"content\":{Space()}\"{Text()}\"" };
            Vary(members);
            return $"{{{Space()}{string.Join(',' + Space(), members)}{Space()}}}";
        }

        void Vary(List<string> members)
        {
            if (random.Next(2) == 0)
            {
                members.Reverse();
            }

            switch (random.Next(25))
            {
                case 0: members.Add(members[0]); break;
                case 1: members.RemoveAt(0); break;
                case 2: members.Add($"\"{(random.Next(2) == 0 ? "tools" : "slice")}\":{s_values[random.Next(s_values.Length)]}"); break;
            }
        }

        int count = random.Next(8) == 0 ? random.Next(4) : 2 * random.Next(1, 3);
        var top = random.Next(4) == 0
            ? new List<string> { $"\"prompt\":\"{Text()}\"", $"\"completion\":{Space()}\"{Text()}\"" }
            : [$"\"messages\":{Space()}[{Space()}{string.Join(Space() + ',', Enumerable.Range(0, count).Select(Message))}]"];
        Vary(top);
        string row = $"{Space()}{{{Space()}{string.Join(',', top)}{Space()}}}{Space()}{(random.Next(10) == 0 ? "\r" : "")}";
        return random.Next(40) == 0 ? row[..random.Next(row.Length)] : random.Next(60) == 0 ? row + "x" : row;
    }
}
