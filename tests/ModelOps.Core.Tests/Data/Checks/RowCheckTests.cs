using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

/// <summary>What stands in a row's texts: found at its column however the row is written, and not found where it only looks alike.</summary>
public sealed class RowCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<Diagnostic> Find(params string[] lines)
    {
        var findings = new Findings();
        var log = new RecordingLog();
        string path = _folder.Write($"{Guid.NewGuid():n}.jsonl", string.Join('\n', lines));
        DatasetReader.Read([path], DatasetKind.Training, new ReadOptions { Checks = new DataChecks { Findings = findings } }, log, CancellationToken.None);
        Assert.Empty(log.Diagnostics);
        return findings.InOrder();
    }

    private static string Row(string question, string answer = "ok") => $$"""{"messages":[{"role":"user","content":"{{question}}"},{"role":"assistant","content":"{{answer}}"}]}""";

    public static TheoryData<string, string, string> Faults => new()
    {
        { "MOPS1030", "Ein Gr", "Ã¶ÃŸe" }, { "MOPS1030", "that", "â€™s it" }, { "MOPS1030", "20 ", "Â°C" }, { "MOPS1030", "so ", "ðŸ˜€ what" }, { "MOPS1030", "x ", "Ã©" },
        { "MOPS1031", "caf", "\uFFFD" }, { "MOPS1032", "zero", "\u200Bwidth" }, { "MOPS1032", "a", "\u202Eb" }, { "MOPS1032", "a", "\u0080b" }, { "MOPS1032", "a", "\uFEFFb" },
        { "MOPS1032", "hidden ", "\U000E0041\U000E0042" }, { "MOPS1032", "private ", "\uE001" },
        { "MOPS1040", "key ", "AKIAIOSFODNN7EXAMPLE" }, { "MOPS1040", "token ", "ghp_0123456789abcdefghijABCDEFGHIJ012345" }, { "MOPS1040", "use ", "-----BEGIN RSA PRIVATE KEY-----" },
        { "MOPS1040", "with ", "sk-proj-abcdefghijklmnopqrstuvwx0123" }, { "MOPS1040", "jwt ", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop-_" }, { "MOPS1040", "it is ", "AIzaSyA1234567890abcdefghijklmnopqrstuv" },
        { "MOPS1041", "mail ", "jane.doe+x@mail.contoso.de" }, { "MOPS1041", "(", "a@b.org)" }, { "MOPS1042", "call ", "+49 30 901820" }, { "MOPS1042", "call ", "(212) 736-5000" }, { "MOPS1042", "call ", "212-736-5000" },
        { "MOPS1043", "card ", "4111 1111 1111 1111" }, { "MOPS1043", "card ", "378282246310005" }, { "MOPS1043", "card ", "5555-5555-5555-4444" },
        { "MOPS1044", "pay ", "DE89 3704 0044 0532 0130 00 NOW" }, { "MOPS1044", "pay ", "GB82WEST12345698765432" }, { "MOPS1044", "pay ", "NO93 8601 1117 947" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_found_at_its_column(string code, string before, string fault)
    {
        string plain = Row(before + fault);
        string escaped = Row(string.Concat((before + fault).Select(c => c < 0x80 ? c.ToString() : $"\\u{(int)c:x4}")));
        string behindEscapes = Row("\\n\\\"é😀" + before + fault);
        string answer = $$"""  {"completion":"{{before + fault}}","prompt":"q"}""";
        IReadOnlyList<Diagnostic> found = Find(plain, escaped, behindEscapes, answer, Row("nothing"));
        Assert.All(found, d => Assert.Equal(code, d.Code));
        int start = plain.IndexOf(before + fault, StringComparison.Ordinal) + before.Length + 1;
        int escapedBefore = escaped.IndexOf("\"content\":\"", StringComparison.Ordinal) + 12 + before.Length;
        Assert.Equal(
            [(1, start), (2, escapedBefore), (3, behindEscapes.IndexOf(before + fault, StringComparison.Ordinal) + before.Length + 1), (4, answer.IndexOf(before + fault, StringComparison.Ordinal) + before.Length + 1)],
            found.Select(d => (d.Location!.Value.Line, d.Location!.Value.Column)));
    }

    [Theory]
    [InlineData("A café in São Paulo, «MAÇÃ», Ångström, naïve, œuvre, Größe, 10 °C, ½ l")] // letters with which misread UTF-8 begins
    [InlineData("हिन्दी में क्‍ष, فارسی می‌خواهم, 👨‍👩‍👧, 👍🏽, 日本語のテキスト, 🏴󠁧󠁢󠁥󠁮󠁧󠁿")] // joiners and tags that belong there
    [InlineData("Order 4111111111111112, ref 1234567890123456, 2024-01-15 10:32:07, 3.14159265358979")] // check digits that are wrong
    [InlineData("the folder C:\\\\temp\\\\")] // a backslash at the end
    [InlineData("write to someone@example.com, test@mail.example.org or root@localhost; @mention; a@b")]
    [InlineData("call 555-0123 or (555) 555-0142; version 10.0.400-1234; 192.168.100.200; ISBN 978-3-16-148410-0")]
    [InlineData("DE89 3704 0044 0532 0130 01; GB00WEST12345698765432; AB12 CDEF")]
    [InlineData("sk-learn and sk-image; task-0123456789; ghp_short; hf_model; eyJ.eyJ.x; the word AKIA; -----")]
    [InlineData("a UUID 123e4567-e89b-12d3-a456-426614174000 and a hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    public void What_only_looks_alike_is_no_fault(string text) => Assert.Empty(Find(Row(text), Row("q", text)));

    [Fact]
    public void The_quick_scan_misses_nothing_that_the_close_look_finds()
    {
        // Random texts of pieces of faults: whatever a check finds in the text, the scan must have been suspicious of.
        string[] pieces = [.. Faults.SelectMany(f => new[] { (string)f[1], (string)f[2], ((string)f[2])[..(((string)f[2]).Length / 2)] }), "word", "12345", "é", "-", " ", "_", "@"];
        var random = new Random(5);
        int faults = 0;
        for (int i = 0; i < Soak.Count(5_000, 500_000); i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => pieces[random.Next(pieces.Length)]));
            bool found = TextFaults.Mojibake(text) is not null || TextFaults.Replacement(text) >= 0 || TextFaults.Invisible(text) >= 0 || Secrets.Find(text) is not null
                || PersonalData.Email(text) >= 0 || PersonalData.Phone(text) >= 0 || PersonalData.Card(text) >= 0 || PersonalData.Iban(text) >= 0;
            faults += found ? 1 : 0;
            Assert.True(!found || LineScan.IsSuspicious(Encoding.UTF8.GetBytes(Row(text))), text);
        }

        Assert.True(faults > 1000);
    }

    [Fact]
    public void An_answer_against_the_schema_is_found_at_the_answer()
    {
        var findings = new Findings();
        string good = Row("q", """{\"queue\":\"a\"}"""), bad = Row("q2", """{\"queue\":7}"""), text = """{"prompt":"q3","completion":"a"}""";
        string path = _folder.Write("a.jsonl", string.Join('\n', good, bad, text));
        var checks = new DataChecks { Findings = findings, AnswerSchema = new Core.Evaluation.Metrics.JsonSchema("""{"type":"object","properties":{"queue":{"type":"string"}}}""") };
        DatasetReader.Read([path], DatasetKind.Training, new ReadOptions { Checks = checks }, new RecordingLog(), CancellationToken.None);
        Assert.Equal([("MOPS1035", 2, bad.LastIndexOf("\"content\":", StringComparison.Ordinal) + 11), ("MOPS1035", 3, 29)], findings.InOrder().Select(d => (d.Code, d.Location!.Value.Line, d.Location!.Value.Column)));
    }
}
