using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;

namespace ModelOps.Core.Tests.Preparing;

public sealed class ConversionTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    public static TheoryData<SourceFormat, string, string> Records => new()
    {
        { SourceFormat.Chat, """{ "prompt": "q", "completion": "a", "slice": [1, 1.0] }""", """{"prompt":"q","completion":"a","slice":[1,1.0]}""" },
        { SourceFormat.JsonArray, "[\n {\"prompt\":\n\"q\",\"completion\":\"a\"} ]\n", """{"prompt":"q","completion":"a"}""" },
        { SourceFormat.PromptCompletion, """{"prompt":"q\n","completion":3,"other":1}""", """{"messages":[{"role":"user","content":"q\n"},{"role":"assistant","content":"3"}]}""" },
        { SourceFormat.Alpaca, """{"instruction":"i","input":"x","output":"o"}""", """{"messages":[{"role":"user","content":"i\n\nx"},{"role":"assistant","content":"o"}]}""" },
        { SourceFormat.Alpaca, """{"instruction":"i","input":"","output":"o","system":"s","history":[["a","b"]]}""", """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"i"},{"role":"assistant","content":"o"}]}""" },
        { SourceFormat.ShareGpt, """[{"id":"7","conversations":[{"from":"system","value":"s"},{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}]""", """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""" },
        { SourceFormat.Csv, "prompt,completion,system\n\"a \"\"b\"\"\r\nc\",\\,\n", """{"messages":[{"role":"user","content":"a \"b\"\r\nc"},{"role":"assistant","content":"\\"}]}""" },
        { SourceFormat.Csv, "completion;system;prompt\n1,5;s;q\n", """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"1,5"}]}""" },
    };

    [Theory]
    [MemberData(nameof(Records))]
    public void Every_format_becomes_rows(SourceFormat format, string text, string row)
    {
        PreparedSets? sets = _sources.Add("a", format, text).Prepare(r => r with { Split = new DataSplit(1, 0, 0) });
        Assert.Empty(_sources.Log.Diagnostics);
        Assert.Equal([row], Sources.All(sets));
    }

    [Fact]
    public void Columns_and_fields_have_the_names_that_the_project_gives_them()
    {
        _sources.Add("a.csv", SourceFormat.Csv, "Frage,Antwort,Kunde,Thema,rest\nq,a,7,t,r\n",
            s => s with { Prompt = "Frage", Completion = "Antwort", Group = "Kunde", Fields = ["Thema"] });
        _sources.Add("b.jsonl", SourceFormat.PromptCompletion, """{"in":"q2","out":"a2","Thema":["t"]}""", s => s with { Prompt = "in", Completion = "out", Fields = ["Thema"] });
        PreparedSets? sets = _sources.Prepare(r => r with { Split = new DataSplit(1, 0, 0) });
        Assert.Equal(
            ["""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"Thema":"t"}""", """{"messages":[{"role":"user","content":"q2"},{"role":"assistant","content":"a2"}],"Thema":["t"]}"""],
            Sources.All(sets).Order(StringComparer.Ordinal));
        Assert.Equal(["rest"], sets!.Sources[0].IgnoredFields);
        Assert.Contains("7", sets.Placed.Select(p => p.Row.Group));
    }

    [Theory]
    [InlineData(SourceFormat.Alpaca, "{\"instruction\":\"i\",\n", "MOPS1001", 1, 20)]
    [InlineData(SourceFormat.Alpaca, "\n  {\"instruction\":\"i\"}\n", "MOPS1092", 2, 3)]
    [InlineData(SourceFormat.Alpaca, "{\"instruction\":\"i\",\"output\":[1]}", "MOPS1093", 1, 29)]
    [InlineData(SourceFormat.JsonArray, "[\n{\"prompt\":\"q\",\"completion\":\"a\"}\n{}]", "MOPS1094", 3, 1)]
    [InlineData(SourceFormat.JsonArray, "[\n  {\"prompt\":\"q\",\n\"completion\":\"\"}]", "MOPS1008", 3, 14)]
    [InlineData(SourceFormat.Csv, "question,completion\nq,a\n", "MOPS1091", 1, 1)]
    [InlineData(SourceFormat.Csv, "prompt,completion\n\"two\nlines\",\" \"\n", "MOPS1008", 3, 9)]
    [InlineData(SourceFormat.Csv, "prompt,completion\n\"say \"\"\u0001\"\"\",a\n", "MOPS1011", 2, 8)]
    [InlineData(SourceFormat.ShareGpt, "{\"conversations\":[{\"from\":\"human\",\"value\":\"q\"},{\"from\":\"bot\",\"value\":\"a\"}]}", "MOPS1005", 1, 56)]
    [InlineData(SourceFormat.ShareGpt, "{\"conversations\":[{\"from\":\"human\",\"value\":\"q\"}]}", "MOPS1007", 1, 43)]
    [InlineData(SourceFormat.Chat, "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"é\u0001\"}]}", "MOPS1001", 1, 106)]
    public void What_is_wrong_is_said_at_its_place_in_the_source(SourceFormat format, string text, string code, int line, int column)
    {
        Assert.Null(_sources.Add("a", format, text).Prepare());
        Diagnostic problem = _sources.Problem();
        Assert.Equal((code, _sources["a"], line, column), (problem.Code, problem.Location!.Value.File, problem.Location.Value.Line, problem.Location.Value.Column));
    }

    [Fact]
    public void A_place_in_a_prepared_row_is_a_place_in_its_source()
    {
        _sources.Add("a.csv", SourceFormat.Csv, "prompt,completion\n\"one\n\"\"two\"\" ¤1\",\"é🙂 ¤2\"\n");
        _sources.Add("b.json", SourceFormat.Alpaca, "[\n  {\n    \"instruction\": \"\\u00e9 ¤3\",\n    \"input\": \"é\\n¤4\", \"output\": \"🙂¤5\" }\n]\n");
        _sources.Add("c.jsonl", SourceFormat.ShareGpt, "\n{\"conversations\":[{\"from\":\"human\",\"value\":\"¤6\"},{\"value\":\"a¤7\",\"from\":\"gpt\"}]}\n");
        _sources.Add("d.jsonl", SourceFormat.Chat, "{ \"messages\" : [ {\"role\":\"user\",\"content\":\"¤8\"}, {\"content\":\"x\\\"¤9\",\"role\":\"assistant\"} ] }\n");
        _sources.Files.Write(_sources.Prepare(r => r with { Split = new DataSplit(1, 0, 0) })!, "key");
        SourceMap map = SourceMap.Of(_sources.Files, _sources.Specs);
        string rows = _sources.Files.Rows(DatasetKind.Training);
        string[] lines = File.ReadAllLines(rows);
        for (char mark = '1'; mark <= '9'; mark++)
        {
            int line = Array.FindIndex(lines, l => l.Contains($"¤{mark}", StringComparison.Ordinal)), column = lines[line].IndexOf($"¤{mark}", StringComparison.Ordinal) + 1;
            SourceLocation found = map.Of(new SourceLocation(rows, line + 1, column));
            Assert.StartsWith($"¤{mark}", File.ReadAllLines(found.File)[found.Line - 1][(found.Column - 1)..], StringComparison.Ordinal);
            Diagnostic said = map.Of(Diagnostic.Warning("MOPS1046", $"like {rows}({line + 1},1).", new SourceLocation(rows, line + 1, column)));
            Assert.Equal(found, said.Location);
            Assert.Contains($"like {found.File}(", said.Message, StringComparison.Ordinal);
        }

        var elsewhere = new SourceLocation(_sources["e.jsonl"], 3, 4);
        Assert.Equal(elsewhere, map.Of(elsewhere));
    }

    [Fact]
    public void Texts_are_normalised_and_their_places_stay()
    {
        _sources.Add("a.jsonl", SourceFormat.PromptCompletion, """{"prompt":"e\u0301?","completion":"é"}""", s => s with { Normalize = t => t.Replace("e\u0301", "é", StringComparison.Ordinal) });
        Assert.Equal(["""{"messages":[{"role":"user","content":"é?"},{"role":"assistant","content":"é"}]}"""], Sources.All(_sources.Prepare(r => r with { Split = new DataSplit(1, 0, 0) })));
    }

    [Fact]
    public void Mutated_sources_are_rows_or_coded_errors()
    {
        (SourceFormat Format, string Text)[] valid =
        [
            (SourceFormat.ShareGpt, """[{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a \u00e9\n"}],"system":"s"},{"conversations":[]}]"""),
            (SourceFormat.Alpaca, """{"instruction":"i","input":"x","output":"o","history":[["a","b"]]}""" + "\n" + """{"instruction":"i2","output":"o"}"""),
            (SourceFormat.Csv, "prompt,completion,system\n\"a \"\"b\"\"\r\nc\",d,\nq,é,s\n"),
            (SourceFormat.PromptCompletion, """{"prompt":"q","completion":1e3}"""),
            (SourceFormat.Chat, """{"prompt":"q","chosen":"a","rejected":"b"}"""),
        ];
        var random = new Random(2);
        byte[] alphabet = "{}[]\",:\\\n\r u0\0\u00e9"u8.ToArray();
        for (int i = 0; i < Soak.Count(2_000, 1_000_000); i++)
        {
            (SourceFormat format, string text) = valid[i % valid.Length];
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                int at = random.Next(bytes.Length);
                byte with = random.Next(3) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
                bytes = random.Next(3) switch { 0 => [.. bytes[..at], .. bytes[(at + 1)..], with], 1 => [.. bytes[..at], with, .. bytes[at..]], _ => [.. bytes[..at], with, .. bytes[(at + 1)..]] };
            }

            var problems = new List<Diagnostic>();
            var source = new SourceSpec("/a", "a", format);
            List<SourceRecord> records = SourceRecords.Of(source, bytes, problems.Add);
            RecordConverter? converter = RecordConverter.For(source, bytes, problems.Add);
            foreach (SourceRecord record in converter is null ? [] : records)
            {
                Assert.InRange(record.Start + record.Length, 0, bytes.Length);
                if (converter!.Convert(bytes, record, out _) is { } problem)
                {
                    problems.Add(problem);
                }
                else
                {
                    Assert.DoesNotContain((byte)'\n', converter.Row.Written.ToArray());
                    Assert.InRange(converter.Row.SourceOf(random.Next(converter.Row.Written.Length + 1)), 0, bytes.Length);
                }
            }

            Assert.All(problems, p => Assert.Matches("^MOPS1[0-9]{3}$", p.Code));
        }
    }
}
