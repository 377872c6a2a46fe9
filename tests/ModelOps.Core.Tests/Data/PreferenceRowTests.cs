using System.Text;
using System.Text.Json;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Data;

/// <summary>Preference pairs in the shapes that people have them in.</summary>
public sealed class PreferenceRowTests : IDisposable
{
    private const string Explicit = """{"prompt":"Hi","chosen":"Hello","rejected":"Go away","slice":"a"}""";
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    private Dataset? Read(string text, DatasetKind kind = DatasetKind.Training)
        => DatasetReader.Read([_folder.Write($"{kind}.jsonl", text)], kind, _log, CancellationToken.None);

    [Theory]
    [InlineData(Explicit)]
    [InlineData("""{"slice":"a","rejected":[{"role":"assistant","content":"Go away"}],"chosen":[{"content":"Hello","role":"assistant"}],"prompt":[{"role":"user","content":"Hi"}]}""")]
    [InlineData("""{"prompt":[{"role":"user","content":"Hi"}],"chosen":"Hello","rejected":"Go \u0061way","slice":"a"}""")]
    [InlineData("""{"slice":"a","chosen":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"rejected":[{"role":"user","content":"H\u0069"},{"role":"assistant","content":"Go away"}]}""")]
    [InlineData("""{"prompt":"Hi","slice":"a","chosen":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"rejected":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Go away"}]}""")]
    [InlineData("""{"input":{"messages":[{"role":"user","content":"Hi"}]},"preferred_output":[{"role":"assistant","content":"Hello"}],"non_preferred_output":[{"role":"assistant","content":"Go away"}],"slice":"a"}""")]
    public void The_same_pair_in_any_shape_is_the_same_row(string text)
    {
        Row row = Assert.Single(Read(text)!.Rows);
        Assert.Equal(
            """{"chosen":[{"content":"Hello","role":"assistant"}],"prompt":[{"content":"Hi","role":"user"}],"rejected":[{"content":"Go away","role":"assistant"}],"slice":"a"}""",
            Encoding.UTF8.GetString(row.Canonical.Span));
        Assert.Equal((RowShape.Preference, "Hello", "Hi"), (row.Shape, row.Answer, row.LastUserMessage));
        Assert.Equal(["Hi"], row.Prompt.Select(m => m.Content));
        Assert.Equal(new Dictionary<string, string> { ["slice"] = "\"a\"" }, row.Fields());
    }

    [Fact]
    public void What_else_an_input_says_is_part_of_the_row()
    {
        string Row(string rest) => $$$"""{"input":{{{{rest}}}"messages":[{"role":"user","content":"Hi"}]},"preferred_output":[{"role":"assistant","content":"a"}],"non_preferred_output":[{"role":"assistant","content":"b"}]}""";
        Dataset plain = Read(Row(""))!, more = Read(Row("""  "tools":[],"parallel_tool_calls":true,  """))!;
        Assert.NotEqual(plain.Digest, more.Digest);
        Assert.EndsWith("""],"input":{"tools":[],"parallel_tool_calls":true},"prompt":[{"content":"Hi","role":"user"}],"rejected":[{"content":"b","role":"assistant"}]}""",
            Encoding.UTF8.GetString(more.Rows[0].Canonical.Span), StringComparison.Ordinal);
        Assert.Empty(_log.Codes);
        Read(Row("""  "tools":[{"type":"function"}],  """));
        Assert.Equal(["MOPS1016"], _log.Codes);
    }

    [Fact]
    public void The_longest_common_beginning_is_the_prompt()
    {
        Row row = Read("""
            {"chosen":[{"role":"system","content":"S"},{"role":"user","content":"1"},{"role":"assistant","content":"2"},{"role":"user","content":"3"},{"role":"assistant","content":"yes"}],"rejected":[{"role":"system","content":"S"},{"role":"user","content":"1"},{"role":"assistant","content":"2"},{"role":"user","content":"3"},{"role":"assistant","content":"no"}]}
            """)!.Rows[0];
        Assert.Equal(["S", "1", "2", "3"], row.Prompt.Select(m => m.Content));
        Assert.Equal("yes", row.Answer);
    }

    [Theory]
    [InlineData("""{"prompt":"Hi","chosen":"Hello"}""", "MOPS1026", 1)]
    [InlineData("""{"prompt":"Hi","rejected":"Hello"}""", "MOPS1026", 1)]
    [InlineData("""{"chosen":"Hi there","rejected":"Hi you"}""", "MOPS1026", 1)] // nobody can tell where the prompt ends
    [InlineData("""{"chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}""", "MOPS1026", 1)]
    [InlineData("""{"chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"}]}""", "MOPS1026", 1)]
    [InlineData("""{"prompt":"x","chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"c"}]}""", "MOPS1026", 11)]
    [InlineData("""{"prompt":"a","chosen":[],"rejected":"b"}""", "MOPS1026", 1)]
    [InlineData("""{"input":{},"preferred_output":[],"non_preferred_output":[]}""", "MOPS1026", 10)]
    [InlineData("""{"input":{"messages":[]},"preferred_output":[]}""", "MOPS1026", 1)]
    [InlineData("""{"prompt":"Hi","chosen":"same","rejected":"s\u0061me"}""", "MOPS1027", 43)]
    [InlineData("""{"chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""", "MOPS1027", 120)]
    [InlineData("""{"prompt":"Hi","chosen":"a","rejected":"b","completion":"c"}""", "MOPS1004", 57)]
    [InlineData("""{"messages":[],"chosen":"a","rejected":"b"}""", "MOPS1004", 13)]
    [InlineData("""{"prompt":"p","preferred_output":[],"non_preferred_output":[]}""", "MOPS1004", 11)]
    [InlineData("""{"prompt":"p","chosen":"a","rejected":" "}""", "MOPS1008", 39)]
    [InlineData("""{"prompt":"p","chosen":"a","rejected":[{"role":"user","content":"b"}]}""", "MOPS1006", 40)]
    [InlineData("""{"prompt":"p","chosen":5,"rejected":"b"}""", "MOPS1009", 24)]
    [InlineData("""{"prompt":"p","chosen":[{"role":"assistant","content":"a","weight":1}],"rejected":"b"}""", "MOPS1013", 59)]
    public void A_broken_pair_says_what_and_where(string text, string code, int column)
    {
        Assert.Null(Read(text));
        Diagnostic problem = Assert.Single(_log.Diagnostics);
        Assert.Equal((code, 1, column), (problem.Code, problem.Location!.Value.Line, problem.Location.Value.Column));
    }

    [Fact]
    public void Pairs_and_conversations_do_not_mix()
    {
        Assert.Null(Read($"{Explicit}\n{Explicit}\n" + """{"prompt":"a","completion":"b"}"""));
        Diagnostic problem = Assert.Single(_log.Diagnostics);
        Assert.Equal(("MOPS1028", 3), (problem.Code, problem.Location!.Value.Line));
        Assert.Contains("Training.jsonl(1,1)", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_reads_prompt_and_both_answers()
    {
        Dataset dataset = Read(Explicit)!;
        dataset.WriteRows(_folder.In("rows.jsonl"));
        var read = JsonSerializer.Deserialize<PreferenceLine>(Assert.Single(File.ReadAllLines(_folder.In("rows.jsonl"))), WorkerJson.Options)!;
        Assert.Equal((dataset.Rows[0].Id.ToString(), "Hi", "Hello", "Go away"), (read.Id, read.Prompt[0].Content, read.Chosen[0].Content, read.Rejected[0].Content));
        Assert.Equal(("user", "assistant"), (read.Prompt[0].Role, read.Rejected[0].Role));
    }

    [Fact]
    public void A_question_that_is_judged_by_may_be_in_no_pair()
    {
        Dataset pairs = Read(Explicit)!;
        Dataset judged = Read("""{"prompt":"hi ","completion":"something else"}""", DatasetKind.Evaluation)!;
        Assert.False(Leakage.Check([pairs, judged], _log));
        Assert.Equal(["MOPS1015"], _log.Codes);
    }

    // Whatever the bytes: pairs or codes, never a crash.
    [Fact]
    public void Mutated_pairs_give_rows_or_codes()
    {
        var random = new Random(78);
        byte[] source = Encoding.UTF8.GetBytes(string.Join('\n', Explicit, """{"chosen":[{"role":"user","content":"é"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"é"},{"role":"assistant","content":"c"}]}""",
            """{"input":{"messages":[{"role":"user","content":"Hi"}],"tools":[]},"preferred_output":[{"role":"assistant","content":"a"}],"non_preferred_output":[{"role":"assistant","content":"b"}]}"""));
        int valid = 0;
        for (int i = 0; i < Soak.Count(500, 20_000); i++)
        {
            byte[] bytes = [.. source];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : source[random.Next(source.Length)];
            }

            var log = new RecordingLog();
            Dataset? dataset = DatasetReader.Read([_folder.Write("m.jsonl", bytes)], DatasetKind.Training, log, CancellationToken.None);
            valid += dataset is null ? 0 : 1;
            Assert.Equal(dataset is null, log.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
            Assert.All(log.Diagnostics, d => Assert.Matches("^MOPS1[0-9]{3}$", d.Code));
            Assert.All(dataset?.Rows ?? [], r => Assert.True(r is { Shape: RowShape.Preference, Messages.Count: >= 2, Prompt.Count: >= 1 }));
        }

        Assert.InRange(valid, 1, Soak.Count(499, 19_999));
    }
}
