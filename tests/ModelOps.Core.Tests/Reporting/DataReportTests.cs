using System.Text;
using ModelOps.Core.Reporting.Data;
using ModelOps.Testing;

namespace ModelOps.Core.Tests.Reporting;

public sealed class DataReportTests
{
    private static readonly string s_page = Encoding.UTF8.GetString(DataReport.Write(DataCases.Whole())), s_card = DataCard.Write(DataCases.Whole());

    [Fact]
    public void Page_says_the_worst_first_and_counts_what_is_not_listed()
    {
        Assert.Contains("The data cannot be used", s_page, StringComparison.Ordinal);
        Assert.Contains("10,278 rows in 3 sets, 1 error, 213 warnings", s_page, StringComparison.Ordinal);
        Assert.True(s_page.IndexOf(">MOPS1015<", StringComparison.Ordinal) < s_page.IndexOf(">MOPS1041<", StringComparison.Ordinal));
        Assert.Contains("not used: created, agent", s_page, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_others_does_no_harm()
    {
        foreach (string text in (string[])[Encoding.UTF8.GetString(DataReport.Write(DataCases.Whole(hostile: true))), DataCard.Write(DataCases.Whole(hostile: true))])
        {
            Assert.DoesNotContain("<script>window", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<img", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
            Assert.DoesNotContain("##vso[", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\u202e", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Card_tells_sets_sources_drops_and_personal_data_and_no_row()
    {
        foreach (string line in (string[])["| training | 8,214 | MIT | Latin 97 %, Cyrillic 2 %, none 1 % | ", "| raw/share.json | ShareGpt | not named | 0.5 | 2,500 | 2,400 |", "| AnswerLength &gt;= 2 | 61 |", "| e-mail addresses | 3 |", "| IBANs | 0 |", "| billing | 4,107 | 510 | 521 |", "| training, answers | 2 | 3 | 3 |"])
        {
            Assert.Contains(line, s_card, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Printer", s_card, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Nothing_to_say_is_no_section()
    {
        string page = Encoding.UTF8.GetString(DataReport.Write(new DataReportInput { Title = "p" }));
        Assert.Contains("Nothing is wrong with the data", page, StringComparison.Ordinal);
        foreach (string id in (string[])["sources", "drops", "labels", "findings", "problems", "samples", "lengths"])
        {
            Assert.DoesNotContain($"id=\"{id}\"", page, StringComparison.Ordinal);
        }
    }
}
