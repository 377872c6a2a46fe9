using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

public sealed class DatasetReaderTests : IDisposable
{
    private const string Good = """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""";
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    private Dataset? Read(params string[] files) => DatasetReader.Read(files, DatasetKind.Training, _log, CancellationToken.None);

    private Dataset ReadText(string text, RowOrder order = RowOrder.Canonical)
    {
        string path = _folder.Write($"{Guid.NewGuid():n}.jsonl", text);
        return DatasetReader.Read([path], DatasetKind.Training, _log, CancellationToken.None, order) ?? throw new InvalidOperationException(string.Join('\n', _log.Diagnostics));
    }

    private static string Row(string question, string answer) => $$"""{"messages":[{"role":"user","content":"{{question}}"},{"role":"assistant","content":"{{answer}}"}]}""";

    [Fact]
    public void A_row_has_its_messages_its_place_and_its_other_fields()
    {
        string path = _folder.Write("a.jsonl", "\n  \n" + """{"slice":"x","messages":[{"role":"system","content":"S"},{"role":"user","content":"Ü\n"},{"content":"A","role":"assistant"}],"tools":[{"b":1,"a":1.0}]}""" + "\n");
        Row row = Assert.Single(Read(path)!.Rows);
        Assert.Equal(["S", "Ü\n", "A"], row.Messages.Select(m => m.Content));
        Assert.Equal(("A", "Ü\n", 2), (row.Answer, row.LastUserMessage, row.Prompt.Count));
        Assert.Equal(new SourceLocation(path, 3, 1), row.Location);
        Assert.Equal(new Dictionary<string, string> { ["slice"] = "\"x\"", ["tools"] = """[{"b":1,"a":1.0}]""" }, row.Fields());
        Assert.Equal(["MOPS1016"], _log.Codes);
        Assert.Equal(
            """{"messages":[{"content":"S","role":"system"},{"content":"Ü\n","role":"user"},{"content":"A","role":"assistant"}],"slice":"x","tools":[{"b":1,"a":1.0}]}""",
            Encoding.UTF8.GetString(row.Canonical.Span));
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"slice":"a"}""")]
    [InlineData("\uFEFF  { \"messages\" : [ {\"content\":\"Hi\",\"role\":\"user\"},\t{\"role\":\"assistant\",\"content\":\"Hello\"} ], \"slice\":\"\\u0061\" } \r\n\r\n")]
    [InlineData("""{"slice":"a","prompt":"Hi","completion":"Hello"}""")]
    [InlineData("""{"completion":[{"role":"assistant","content":"Hello"}],"prompt":[{"role":"user","content":"Hi"}],"slice":"a"}""")]
    [InlineData("""{"pr\u006fmpt":"Hi","completion":"Hell\u006f","sl\u0069ce":"a"}""")]
    public void The_same_row_in_other_clothes_is_the_same_row(string text)
        => Assert.Equal(ReadText("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"slice":"a"}""").Digest, ReadText(text).Digest);

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"}],"tools":[{"a":1,"b":2}]}""")] // a character in the answer
    [InlineData("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"tools":[{"b":2,"a":1}]}""")] // key order inside a tool
    [InlineData("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"tools":[{"a":1.0,"b":2}]}""")] // a number's text
    [InlineData("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""")] // a field less
    public void What_a_template_can_render_is_identity(string text)
        => Assert.NotEqual(ReadText("""{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"tools":[{"a":1,"b":2}]}""").Digest, ReadText(text).Digest);

    [Fact]
    public void Order_and_files_do_not_count_but_duplicates_do()
    {
        string a = Row("a", "1"), b = Row("b", "2"), c = Row("c", "3");
        Dataset all = ReadText($"{a}\n{b}\n{c}");
        Assert.Equal(all.Digest, ReadText($"{c}\r\n{a}\r\n{b}\r\n").Digest);
        Dataset split = Read(_folder.Write("1.jsonl", $"{c}\n"), _folder.Write("2.jsonl", $"{b}\n{a}"))!;
        Assert.Equal(all.Digest, split.Digest);
        Assert.Equal(all.Rows.Select(r => r.Id), split.Rows.Select(r => r.Id));
        Assert.Equal([1, 2], split.Files.Select(f => f.Rows));
        Dataset twice = ReadText($"{a}\n{b}\n{c}\n{a}");
        Assert.Equal(4, twice.Rows.Count);
        Assert.NotEqual(all.Digest, twice.Digest);
    }

    [Fact]
    public void A_curriculum_keeps_its_order_and_has_it_in_its_identity()
    {
        string a = Row("a", "1"), b = Row("b", "2");
        Dataset forward = ReadText($"{a}\n{b}", RowOrder.AsWritten), backward = ReadText($"{b}\n{a}", RowOrder.AsWritten);
        Assert.Equal(["b", "a"], backward.Rows.Select(r => r.LastUserMessage));
        Assert.NotEqual(forward.Digest, backward.Digest);
        Assert.NotEqual(forward.Digest, ReadText($"{a}\n{b}").Digest);
    }

    [Theory]
    [InlineData("""{"messages":[}""", "MOPS1001", 14)]
    [InlineData("[1]", "MOPS1002", 1)]
    [InlineData("null", "MOPS1002", 1)]
    [InlineData("""{"text":"x"}""", "MOPS1003", 1)]
    [InlineData("""{"messages":[]}""", "MOPS1003", 13)]
    [InlineData("""{"messages":"x"}""", "MOPS1003", 13)]
    [InlineData("""{"prompt":"x"}""", "MOPS1003", 1)]
    [InlineData("""{"prompt":[],"completion":[]}""", "MOPS1003", 1)]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}],"prompt":"x"}""", "MOPS1004", 89)]
    [InlineData("""{"messages":[{"role":"human","content":"x"},{"role":"assistant","content":"y"}]}""", "MOPS1005", 22)]
    [InlineData("""{"messages":[{"role":5,"content":"x"},{"role":"assistant","content":"y"}]}""", "MOPS1005", 22)]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"system","content":"z"},{"role":"assistant","content":"y"}]}""", "MOPS1006", 44)]
    [InlineData("""{"messages":[{"role":"assistant","content":"y"}]}""", "MOPS1006", 14)]
    [InlineData("""{"messages":[{"role":"system","content":"z"},{"role":"assistant","content":"y"}]}""", "MOPS1006", 46)]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "MOPS1007", 14)]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":" \n\u00a0"}]}""", "MOPS1008", 74)]
    [InlineData("""{"prompt":"x","completion":""}""", "MOPS1008", 28)]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"x"}]},{"role":"assistant","content":"y"}]}""", "MOPS1009", 39)]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":null}]}""", "MOPS1009", 74)]
    [InlineData("""{"prompt":"x","completion":5}""", "MOPS1009", 28)]
    [InlineData("""{"prompt":"x\u0000","completion":"y"}""", "MOPS1011", 13)]
    [InlineData("""{"prompt":"x","completion":"y\u001b[31m"}""", "MOPS1011", 30)]
    [InlineData("""{"messages":["x"]}""", "MOPS1012", 14)]
    [InlineData("""{"messages":[{"role":"user"},{"role":"assistant","content":"y"}]}""", "MOPS1012", 14)]
    [InlineData("""{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y","tool_calls":[]}]}""", "MOPS1013", 78)]
    [InlineData("""{"prompt":"x","prompt":"y"}""", "MOPS1017", 15)]
    [InlineData("""{"prompt":"x","completion":"y","n":1e999}""", "MOPS1018", 36)]
    [InlineData("""{"prompt":"x\ud800","completion":"y"}""", "MOPS1020", 13)]
    public void A_bad_row_has_its_code_and_its_place(string row, string code, int column)
    {
        string path = _folder.Write("a.jsonl", $"{Good}\n{row}\n{Good}\n");
        Assert.Null(Read(path));
        Diagnostic problem = Assert.Single(_log.Diagnostics);
        Assert.Equal((code, DiagnosticSeverity.Error), (problem.Code, problem.Severity));
        Assert.Equal(new SourceLocation(path, 2, column), problem.Location);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_and_deep_nesting_have_codes_too()
    {
        Assert.Null(Read(_folder.Write("a.jsonl", [.. Encoding.UTF8.GetBytes($"{Good}\n{{\"é"), 0xE9])));
        Assert.Null(Read(_folder.Write("b.jsonl", $$"""{"prompt":"x","completion":"y","n":{{new string('[', 70)}}{{new string(']', 70)}}}""")));
        Assert.Equal(["MOPS1010", "MOPS1019"], _log.Codes);
        Assert.Equal((2, 4), (_log.Diagnostics[0].Location!.Value.Line, _log.Diagnostics[0].Location!.Value.Column));
    }

    [Fact]
    public void Every_problem_of_every_file_is_found_and_the_first_twenty_are_shown_in_order()
    {
        string[] files = [.. Enumerable.Range(0, 5).Select(f => _folder.Write($"{f}.jsonl", string.Concat(Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? $"{Good}\n" : "{\n")) + "\n[]"))];
        Assert.Null(Read(files));
        Assert.Equal(21, _log.Diagnostics.Count);
        Assert.Equal(
            files.SelectMany(f => new[] { 2, 4, 6, 8, 10, 12 }.Select(l => (f, l))).Take(20),
            _log.Diagnostics.Take(20).Select(d => (d.Location!.Value.File, d.Location!.Value.Line)));
        Assert.Equal("MOPS1021", _log.Diagnostics[20].Code);
        Assert.Contains("10 more problems in 2 files", _log.Diagnostics[20].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_problems_of_one_row_are_both_said()
    {
        Assert.Null(Read(_folder.Write("a.jsonl", """{"messages":[{"role":"human","content":5},{"role":"assistant","content":"x","name":"n"}]}""")));
        Assert.Equal(["MOPS1005", "MOPS1009", "MOPS1013"], _log.Codes);
    }

    [Fact]
    public void No_rows_are_an_error()
    {
        Assert.Null(Read(_folder.Write("a.jsonl", " \r\n\n"), _folder.Write("b.jsonl", "")));
        Assert.Null(Read());
        Assert.Equal(["MOPS1014", "MOPS1014"], _log.Codes);
        Assert.Contains("data/train/*.jsonl", _log.Diagnostics[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_not_there_or_are_LFS_pointers_are_errors()
    {
        Assert.Null(Read(_folder.In("missing.jsonl"), _folder.Write("p.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"), _folder.Path));
        Assert.Equal(["MOPS1022", "MOPS1023", "MOPS1022"], _log.Codes);
    }

    [Fact]
    public void Blocks_do_not_show_in_the_result()
    {
        // Several megabytes, lines longer than a block among them: many blocks, in parallel.
        var text = new StringBuilder();
        var random = new Random(9);
        for (int i = 0; i < 3000; i++)
        {
            text.Append(Row($"q{i}", new string((char)('a' + (i % 26)), i == 1500 ? 3_000_000 : random.Next(1, 3000)))).Append(i % 2 == 0 ? "\r\n" : "\n");
        }

        string path = _folder.Write("big.jsonl", text.ToString());
        Dataset first = Read(path)!;
        Assert.Equal(3000, first.Rows.Count);
        Assert.Equal(new FileInfo(path).Length, Assert.Single(first.Files).Bytes);
        Assert.Equal(Enumerable.Range(1, 3000), first.Rows.Select(r => r.Location.Line).Order());
        Assert.All(first.Rows, r => Assert.Equal($"q{r.Location.Line - 1}", r.LastUserMessage));
        Assert.Equal(first.Digest, Read(path)!.Digest);
        File.AppendAllText(path, "{");
        Assert.Null(Read(path));
        Assert.Equal(3001, Assert.Single(_log.Diagnostics).Location!.Value.Line);
    }

    [Fact]
    public void Cancellation_stops_the_reading()
        => Assert.ThrowsAny<OperationCanceledException>(() => DatasetReader.Read([_folder.Write("a.jsonl", Good)], DatasetKind.Training, _log, new CancellationToken(canceled: true)));

    [Fact]
    public void The_row_file_is_what_a_worker_reads()
    {
        Dataset dataset = ReadText("""{"slice":"x","prompt":"Ü \"q\"","completion":"a\nb"}""");
        string path = _folder.In("rows", "train.jsonl");
        Assert.True(dataset.WriteRows(path));
        Assert.False(dataset.WriteRows(path));
        string line = Assert.Single(File.ReadAllLines(path));
        var read = System.Text.Json.JsonSerializer.Deserialize<Core.Protocol.PromptLine>(line, Core.Protocol.WorkerJson.Options)!;
        Assert.Equal(dataset.Rows[0].Id.ToString(), read.Id);
        Assert.Equal(dataset.Rows[0].Messages, read.Messages);
    }

    // Whatever the bytes: rows, or codes in the right file; never a crash.
    [Fact]
    public void Mutated_files_give_rows_or_codes()
    {
        var random = new Random(77);
        byte[] source = Encoding.UTF8.GetBytes($"{Good}\n" + """{"prompt":"é😀\u00e9","completion":"x","slice":{"a":[1,2.5e3]}}""" + $"\r\n{Good}");
        int valid = 0;
        for (int i = 0; i < Soak.Count(500, 20_000); i++)
        {
            byte[] bytes = [.. source];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : source[random.Next(source.Length)];
            }

            string path = _folder.Write("m.jsonl", bytes);
            var log = new RecordingLog();
            Dataset? dataset = DatasetReader.Read([path], DatasetKind.Training, log, CancellationToken.None);
            valid += dataset is null ? 0 : 1;
            Assert.Equal(dataset is null, log.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
            Assert.All(log.Diagnostics, d => Assert.Matches("^MOPS1[0-9]{3}$", d.Code));
            Assert.All(dataset?.Rows ?? [], r => Assert.True(r.Messages.Count >= 2));
        }

        Assert.InRange(valid, 15, 480);
    }

    [FactIfShared("datasets/banking77.train.jsonl")]
    public void A_real_dataset_is_read()
    {
        Dataset train = Read(SharedCases.In("datasets/banking77.train.jsonl"))!;
        Assert.Equal(10_003, train.Rows.Count);
        Assert.Equal(1319, Read(SharedCases.In("datasets/gsm8k.test.jsonl"))!.Rows.Count);

        // One of its answers has a control character from a broken export.
        string pairs = SharedCases.In("datasets/dpo-en-demo.jsonl");
        Assert.Null(Read(pairs));
        Assert.Equal(("MOPS1011", 287), (_log.Diagnostics[^1].Code, _log.Diagnostics[^1].Location!.Value.Line));
        Dataset rest = ReadText(string.Join('\n', File.ReadLines(pairs).Where((_, i) => i != 286)));
        Assert.Equal((299, RowShape.Preference), (rest.Rows.Count, rest.Shape));
    }
}
