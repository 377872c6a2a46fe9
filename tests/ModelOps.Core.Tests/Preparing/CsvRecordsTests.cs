using System.Text;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;

namespace ModelOps.Core.Tests.Preparing;

/// <summary>CSV against Python's csv module, whose answers <c>eng/csv/cases.py</c> wrote down.</summary>
public sealed class CsvRecordsTests
{
    private static readonly SourceSpec s_source = new("/a.csv", "a.csv", SourceFormat.Csv);

    [Fact]
    public void Cells_are_those_that_Python_reads()
    {
        string[] cases = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Preparing", "csv-cases.jsonl"));
        Assert.True(cases.Length > 300);
        foreach (string line in cases)
        {
            using JsonDocument wanted = JsonDocument.Parse(line);
            byte[] file = Encoding.UTF8.GetBytes(wanted.RootElement.GetProperty("csv").GetString()!);
            string[][] rows = [.. wanted.RootElement.GetProperty("rows").EnumerateArray().Select(r => r.EnumerateArray().Select(c => c.GetString()!).ToArray())];
            Assert.Equal(rows, Read(file, out List<Diagnostic> problems));
            Assert.Empty(problems);
        }
    }

    [Fact]
    public void Records_know_their_lines()
    {
        byte[] file = Encoding.UTF8.GetBytes("\uFEFFa,b\r\n\"1\r\n2\",3\r\n\r\n4,5\n");
        List<SourceRecord> records = CsvRecords.Of(s_source, file, 3, _ => Assert.Fail());
        Assert.Equal([1, 2, 5], records.Select(r => r.Line));
    }

    [Theory]
    [InlineData("a,b\n1\n", 2, 1, "1 cell and the header 2")]
    [InlineData("a,b\n1,2,3\n", 2, 1, "3 cells")]
    [InlineData("a,b\n1,x\"y\n", 2, 4, "a quote stands inside")]
    [InlineData("a,b\n1,\"x\"y\n", 2, 6, "text follows the quote")]
    [InlineData("a,b\nä,\"x\n3,4\n", 2, 3, "does not end")]
    public void What_is_broken_is_said_at_its_place(string text, int line, int column, string detail)
    {
        Read(Encoding.UTF8.GetBytes(text), out List<Diagnostic> problems);
        Diagnostic problem = Assert.Single(problems);
        Assert.Equal(("MOPS1090", line, column), (problem.Code, problem.Location!.Value.Line, problem.Location.Value.Column));
        Assert.Contains(detail, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_are_records_or_a_problem()
    {
        var random = new Random(1);
        byte[] alphabet = ",;\t\"\r\n\"ab\\ \u00e9"u8.ToArray();
        for (int i = 0; i < Soak.Count(5_000, 500_000); i++)
        {
            byte[] file = [.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(12) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)])];
            Assert.All(Read(file, out List<Diagnostic> problems), Assert.NotEmpty);
            Assert.True(problems.Count <= 1);
        }
    }

    private static List<string[]> Read(byte[] file, out List<Diagnostic> problems)
    {
        var found = new List<Diagnostic>();
        byte separator = CsvRecords.Separator(file);
        List<string[]> rows = [.. CsvRecords.Of(s_source, file, 0, found.Add).Select(r => CsvRecords.Cells(file, r, separator).Select(c => c.Text(file)).ToArray())];
        problems = found;
        return rows;
    }
}
