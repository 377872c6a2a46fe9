using System.Globalization;
using System.Text;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

/// <summary>Faults of 31 kinds among 50,000 rows: each is reported at its line and column, and nothing else is.</summary>
public sealed class PlantedFaultTests : IDisposable
{
    private const int Rows = 50_000, Instances = 200;

    // Where a fault is: ¦ is not part of the line. ‹q› and ‹a› are the row's question and answer, ‹z› a byte that is no UTF-8.
    private static readonly (string Code, string Line)[] s_unusable =
    [
        ("MOPS1001", """{"messages":[{"role":"user","content":"‹q›"}¦{"role":"assistant","content":"‹a›"}]}"""),
        ("MOPS1002", """¦["‹q›","‹a›"]"""),
        ("MOPS1003", """¦{"question":"‹q›","answer":"‹a›"}"""),
        ("MOPS1004", """{"messages":[{"role":"user","content":"‹q›"},{"role":"assistant","content":"‹a›"}],"prompt":¦"‹q›"}"""),
        ("MOPS1005", """{"messages":[{"role":¦"human","content":"‹q›"},{"role":"assistant","content":"‹a›"}]}"""),
        ("MOPS1006", """{"messages":[{"role":"user","content":"‹q›"},¦{"role":"system","content":"S"},{"role":"assistant","content":"‹a›"}]}"""),
        ("MOPS1007", """{"messages":[¦{"role":"user","content":"‹q›"}]}"""),
        ("MOPS1008", """{"prompt":"‹q›","completion":¦" \n"}"""),
        ("MOPS1009", """{"messages":[{"role":"user","content":¦["‹q›"]},{"role":"assistant","content":"‹a›"}]}"""),
        ("MOPS1010", """{"prompt":"‹q›¦‹z›","completion":"‹a›"}"""),
        ("MOPS1011", """{"prompt":"‹q›¦\u0007","completion":"‹a›"}"""),
        ("MOPS1012", """{"messages":[¦{"role":"user"},{"role":"assistant","content":"‹a›"}]}"""),
        ("MOPS1013", """{"messages":[{"role":"user","content":"‹q›",¦"name":"n"},{"role":"assistant","content":"‹a›"}]}"""),
        ("MOPS1017", """{"prompt":"‹q›","completion":"‹a›",¦"prompt":"‹q›"}"""),
        ("MOPS1018", """{"prompt":"‹q›","completion":"‹a›","weight":¦1e999}"""),
        ("MOPS1020", """{"prompt":"‹q› ¦\ud83d","completion":"‹a›"}"""),
        ("MOPS1033", """{"messages":[{"role":"user","content":"‹q›"},{"role":"assistant","content":"x",¦"tool_calls":[{"id":"1"}]},{"role":"assistant","content":"‹a›"}]}"""),
        ("MOPS1034", """{"messages":[{"role":"user","content":"‹q›"},¦{"role":"tool","content":"x"},{"role":"assistant","content":"‹a›"}]}"""),
    ];

    private static readonly (string Code, string Line)[] s_doubtful =
    [
        ("MOPS1030", """{"prompt":"‹q› caf¦Ã©","completion":"‹a›"}"""),
        ("MOPS1030", """{"prompt":"é😀 ‹q›","completion":"‹a› that¦â€™s"}"""),
        ("MOPS1031", "{\"prompt\":\"‹q› ¦\uFFFD\",\"completion\":\"‹a›\"}"),
        ("MOPS1032", "{\"prompt\":\"‹q›\",\"completion\":\"‹a› ¦\u200Bx\"}"),
        ("MOPS1032", """{"prompt":"‹q› ¦\u202ex","completion":"‹a›"}"""),
        ("MOPS1040", """{"messages":[{"role":"user","content":"‹q›\n\t¦-----BEGIN PRIVATE KEY-----"},{"role":"assistant","content":"‹a›"}]}"""),
        ("MOPS1040", """{"prompt":"‹q›","completion":"‹a› ¦AKIAIOSFODNN7EXAMPLE"}"""),
        ("MOPS1041", """{"prompt":"‹q›, write to ¦jane@contoso.de.","completion":"‹a›"}"""),
        ("MOPS1042", """{"prompt":"‹q›","completion":"‹a›: ¦+44 20 7946 0018"}"""),
        ("MOPS1043", """{"prompt":"‹q› \"¦4111-1111-1111-1111\"","completion":"‹a›"}"""),
        ("MOPS1044", """{"prompt":"‹q›","completion":"‹a› ¦DE89 3704 0044 0532 0130 00"}"""),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_that_cannot_be_used() => Plant(s_unusable, wholeSets: false);

    [Fact]
    public void Rows_and_sets_that_are_doubtful() => Plant(s_doubtful, wholeSets: true);

    [Fact]
    public void A_clean_set_has_no_finding()
    {
        var random = new Random(2);
        Assert.Empty(Review(Enumerable.Range(0, Rows).Select(_ => Encoding.UTF8.GetBytes(Clean(Text(random, 25), Text(random, 12)))), [.. Enumerable.Range(0, 300).Select(_ => Clean(Text(random, 25), Text(random, 12)))]));
    }

    private void Plant((string Code, string Line)[] kinds, bool wholeSets)
    {
        var random = new Random(1);
        (string Question, string Answer)[] texts = [.. Enumerable.Range(0, Rows).Select(_ => (Text(random, 25), Text(random, 12)))];
        byte[][] lines = [.. texts.Select(t => Encoding.UTF8.GetBytes(Clean(t.Question, t.Answer)))];
        int[] places = [.. Enumerable.Range(Rows / 2, Rows / 2).OrderBy(_ => random.Next()).Take(Instances)];
        var expected = new List<(string Code, int Line, int Column)>();
        var held = new List<string>();
        int sets = wholeSets ? 4 : 0;
        foreach ((int i, int at) in places.Index())
        {
            int kind = i % (kinds.Length + sets);
            if (kind < kinds.Length)
            {
                string line = kinds[kind].Line.Replace("‹q›", texts[at].Question, StringComparison.Ordinal).Replace("‹a›", texts[at].Answer, StringComparison.Ordinal);
                expected.Add((kinds[kind].Code, at + 1, line.IndexOf('¦', StringComparison.Ordinal) + 1));
                lines[at] = Bytes(line.Replace("¦", "", StringComparison.Ordinal));
                continue;
            }

            // Of two sets: another row of the first half, which has no faults, or a held-out question.
            (string question, string answer) = texts[random.Next(Rows / 2)];
            string near = string.Join(' ', [.. question.Split(' ')[..^1], "otherwise"]);
            (string code, string row) = (kind - kinds.Length) switch
            {
                0 => ("MOPS1045", Clean(question, answer)),
                1 => ("MOPS1046", Clean(near, answer)),
                2 => ("MOPS1047", Clean(question, Text(random, 12))),
                _ => ("MOPS1048", Clean(texts[at].Question, texts[at].Answer)),
            };
            lines[at] = Encoding.UTF8.GetBytes(row);
            if (code == "MOPS1048")
            {
                held.Add(Clean(string.Join(' ', [.. texts[at].Question.Split(' ')[..^1], "otherwise"]), Text(random, 12)));
            }

            expected.Add((code, code == "MOPS1048" ? held.Count : at + 1, 1));
        }

        held.Add(Clean(Text(random, 25), Text(random, 12)));
        Assert.Equal(expected.Order(), Review(lines, held).Select(d => (d.Code, d.Location!.Value.Line, d.Location.Value.Column)).Order());
    }

    private static byte[] Bytes(string line)
        => [.. line.Split("‹z›").SelectMany((part, i) => i == 0 ? Encoding.UTF8.GetBytes(part) : (byte[])[0xFF, .. Encoding.UTF8.GetBytes(part)])];

    private static string Clean(string question, string answer) => $$"""{"prompt":"{{question}}","completion":"{{answer}}"}""";

    private static string Text(Random random, int words)
        => string.Join(' ', Enumerable.Range(0, words).Select(_ => random.Next(20_000).ToString("x", CultureInfo.InvariantCulture) + "x"));

    private List<Diagnostic> Review(IEnumerable<byte[]> training, List<string> evaluation)
    {
        string train = _folder.Write("train.jsonl", [.. training.SelectMany(l => (byte[])[.. l, (byte)'\n'])]), eval = _folder.Write("eval.jsonl", string.Join('\n', evaluation));
        var log = new Everything();
        DataChecks checks = new() { Findings = new Findings() };
        IReadOnlyList<Dataset> sets = DatasetReview.Read([DatasetKind.Training, DatasetKind.Evaluation], checks, (kind, wanted) => DatasetReader.Read(
            [kind == DatasetKind.Training ? train : eval], kind, new ReadOptions { Checks = wanted }, log, CancellationToken.None));
        if (sets.Count == 2)
        {
            DatasetReview.Compare(sets, checks);
            Leakage.Check(sets, log);
        }

        return [.. log.All.Where(d => d.Code != "MOPS1021"), .. checks.Findings.InOrder()];
    }

    private sealed class Everything : IStageLog
    {
        public List<Diagnostic> All { get; } = [];

        public void Report(Diagnostic diagnostic) => All.Add(diagnostic);

        public void Record(Diagnostic diagnostic) => All.Add(diagnostic);

        public void Message(string text, bool important = false)
        {
        }

        public void Progress(StageProgress progress)
        {
        }
    }
}
