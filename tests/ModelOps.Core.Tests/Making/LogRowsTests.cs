using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Making;

namespace ModelOps.Core.Tests.Making;

public sealed class LogRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Accepted_and_corrected_answers_become_rows_and_the_rest_is_counted()
    {
        ExchangeLog logs = Read(
            """{"id":"1","prompt":"a?","answer":"yes","feedback":"up"}""",
            """{"id":"2","prompt":"b?","answer":"no"}""",
            """{"prompt":"c?","answer":"no","feedback":"down"}""",
            """{"prompt":"d?","answer":"no"}""",
            """{"prompt":"e?","response":{"choices":[{"message":{"content":"ye"},"finish_reason":"length"}]},"correction":"yes"}""",
            """{"prompt":"f?","answer":"cut","response":{"choices":[]}}""",
            """{"prompt":"a?","answer":"yes","feedback":"up"}""",
            """{"id":"fb-9","completion_id":"2","feedback":{"rating":"down","correction":"maybe"}}""",
            """{"id":"gone","feedback":"up"}""");
        var rows = new MadeRows("log", PersonalDataRule.Refuse);

        Assert.Equal(2, LogRows.AddTo(rows, logs.Exchanges, unreviewed: false));
        Assert.Equal(
            """
            {"messages":[{"role":"user","content":"a?"},{"role":"assistant","content":"yes"}]}
            {"messages":[{"role":"user","content":"b?"},{"role":"assistant","content":"maybe"}]}
            {"messages":[{"role":"user","content":"e?"},{"role":"assistant","content":"yes"}]}

            """.ReplaceLineEndings("\n"), Encoding.UTF8.GetString(rows.ToBytes(_log)));
        Assert.Equal("1 no answer, 1 rejected, 1 repeated, 1 without feedback", string.Join(", ", rows.PassedOver.Select(p => $"{p.Value} {p.Key}")));
        Assert.Equal(["MOPS1136"], _log.Codes);
        var all = new MadeRows("log", PersonalDataRule.Refuse);
        LogRows.AddTo(all, logs.Exchanges, unreviewed: true);
        Assert.Equal((4, 1), (all.Count, all.Unreviewed));

        // Somebody liked it later: the row that stands there is reviewed.
        LogRows.AddTo(all, Read("""{"prompt":"d?","answer":"no","feedback":"up"}""").Exchanges, unreviewed: true);
        Assert.Equal((4, 0), (all.Count, all.Unreviewed));
    }

    [Fact]
    public void Damaged_provenance_is_read_or_refused_with_a_code()
    {
        var random = new Random(13);
        string file = _folder.In("rows.jsonl");
        byte[] good = new MadeFrom("drafts", Digest.Of("rows"u8), 3) { Reviewers = ["ann"], Model = new MadeModel("m", new Uri("https://host/v1"), Digest.Of("a"u8)), Inputs = [new MadeInput("q.jsonl", Digest.Of("q"u8))] }.ToBytes();
        for (int i = 0; i < Soak.Count(300, 20_000); i++)
        {
            byte[] bytes = [.. good];
            for (int edits = random.Next(1, 3); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:\\9 ae"[random.Next(12)];
            }

            File.WriteAllBytes(MadeFrom.PathFor(file), bytes);
            try
            {
                Assert.NotNull(MadeFrom.TryRead(file));
            }
            catch (DiagnosticException e)
            {
                Assert.Equal("MOPS1145", e.Diagnostic.Code);
            }
        }
    }

    [Theory]
    [InlineData(PersonalDataRule.Refuse, "ann@contoso.com", null)]
    [InlineData(PersonalDataRule.Drop, "ann@contoso.com", 1)]
    [InlineData(PersonalDataRule.Allow, "ann@contoso.com", 2)]
    [InlineData(PersonalDataRule.Allow, "AKIAIOSFODNN7EXAMPLE", null)]
    [InlineData(PersonalDataRule.Drop, "AKIAIOSFODNN7EXAMPLE", 1)]
    [InlineData(PersonalDataRule.Refuse, "ann@example.com", 2)]
    public void Personal_data_blocks_unless_it_is_allowed(PersonalDataRule rule, string text, int? expected)
    {
        ExchangeLog logs = Read("""{"prompt":"a?","answer":"yes","feedback":"up"}""", $$"""{"prompt":"write to {{text}}","answer":"done","feedback":"up"}""");
        var rows = new MadeRows("log", rule);
        LogRows.AddTo(rows, logs.Exchanges, unreviewed: false);

        if (expected is { } count)
        {
            Assert.Equal(count, Encoding.UTF8.GetString(rows.ToBytes(_log)).Count(c => c == '\n'));
            return;
        }

        Diagnostic refused = Assert.Throws<DiagnosticException>(() => rows.ToBytes(_log)).Diagnostic;
        Assert.Equal(("MOPS1132", 2, 11), (refused.Code, refused.Location!.Value.Line, refused.Location.Value.Column));
        Assert.Single(_log.Diagnostics);
    }

    [Fact]
    public void What_is_written_is_what_Validate_takes_and_says_where_it_came_from()
    {
        ExchangeLog logs = Read("""{"prompt":"a?","answer":"yes","feedback":"up"}""", """{"prompt":"b?","answer":"no"}""");
        string file = _folder.In("data", "train", "logs.jsonl");
        MadeFrom from = Write(file, logs);
        byte[] rows = File.ReadAllBytes(file), story = File.ReadAllBytes(MadeFrom.PathFor(file));

        Assert.Equal(2, DatasetReader.Read([file], DatasetKind.Training, _log, CancellationToken.None)!.Rows.Count);
        Assert.Equal(["MOPS1135"], _log.Codes);
        MadeFrom read = MadeFrom.TryRead(file)!;
        Assert.Equal((from.Data, 2, 1, "logs"), (read.Data, read.Rows, read.Unreviewed, read.Kind));
        Assert.Equal(Digest.OfFile(_folder.In("log.jsonl")), Assert.Single(read.Inputs).Digest);
        Assert.Equal(_folder.In("data", "train", "logs.provenance.json"), MadeFrom.PathFor(file));
        Assert.DoesNotContain(_folder.Path, Encoding.UTF8.GetString(story), StringComparison.Ordinal);

        // Again: the same bytes, and nothing is touched.
        DateTime before = File.GetLastWriteTimeUtc(file);
        Write(file, logs);
        Assert.Equal(rows, File.ReadAllBytes(file));
        Assert.Equal(story, File.ReadAllBytes(MadeFrom.PathFor(file)));
        Assert.Equal(before, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public void Rows_of_others_are_never_overwritten()
    {
        ExchangeLog logs = Read("""{"prompt":"a?","answer":"yes","feedback":"up"}""");
        string file = _folder.Write("mine.jsonl", "{}\n");
        Assert.Equal("MOPS1133", Code(() => Write(file, logs)));
        File.Delete(file);
        Write(file, logs);
        File.AppendAllText(file, "{}\n");
        Assert.Equal("MOPS1133", Code(() => Write(file, logs)));
        _folder.Write("mine.provenance.json", "{\"format\":1}");
        Assert.Equal("MOPS1145", Code(() => Write(file, logs)));
        Assert.Equal("MOPS1134", Code(() => Write(_folder.In("none.jsonl"), Read("""{"prompt":"a?","answer":"no","feedback":"down"}"""))));
        Assert.False(File.Exists(_folder.In("none.jsonl")));
    }

    private MadeFrom Write(string file, ExchangeLog logs)
    {
        var rows = new MadeRows("log", PersonalDataRule.Refuse);
        LogRows.AddTo(rows, logs.Exchanges, unreviewed: true);
        return MadeFile.Write(file, rows, new MadeFrom("logs", default, 0) { Inputs = [MadeInput.Of(_folder.In("log.jsonl"))], Settings = new KeyFields().Add("unreviewed", true) }, _log);
    }

    private ExchangeLog Read(params string[] lines) => ExchangeLog.Read([_folder.Write("log.jsonl", string.Join("\r\n", lines) + "\n")], _log, CancellationToken.None)!;

    private static string Code(Action act) => Assert.Throws<DiagnosticException>(act).Diagnostic.Code;
}
