using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Reporting;
using ModelOps.Core.Reporting.Html;
using ModelOps.Testing;

namespace ModelOps.Core.Tests.Reporting;

/// <summary>The page without a browser; what it does in one is in ModelOps.Report.Tests.</summary>
public sealed class HtmlReportTests
{
    private static readonly string[] s_commands = ["##vso", "##[", "::error", "##teamcity"];

    [Fact]
    public void Same_input_gives_the_same_bytes()
        => Assert.Equal(HtmlReport.Write(ReportCases.Whole(60)), HtmlReport.Write(ReportCases.Whole(60)));

    [Fact]
    public void Page_forbids_everything_but_its_own_style_and_script()
    {
        string html = Text(ReportCases.Whole(20));
        string policy = Regex.Match(html, "Content-Security-Policy\" content=\"([^\"]*)\"").Groups[1].Value;

        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src '{Hash(html, "<style>(.*?)</style>")}'", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src '{Hash(html, "<script>(.*?)</script>")}'", policy, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(src|href)=""(?!#)", html);
        Assert.DoesNotMatch(@"style=""| on[a-z]+=""|@import|url\(", html);
    }

    [Fact]
    public void Hostile_text_is_in_no_part_of_the_file_as_itself()
    {
        string html = Text(ReportCases.Whole(40, hostile: true));

        Assert.DoesNotContain("window.harmed=1</script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", html, StringComparison.Ordinal);
        Assert.All(s_commands, command => Assert.DoesNotContain(command, html, StringComparison.Ordinal));
        Assert.DoesNotMatch("[\0-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2028\u2029\ufeff]", html);
    }

    [Fact]
    public void Lines_of_a_megabyte_are_cut_and_say_so()
    {
        ReportInput input = ReportCases.Whole(30);
        SubjectReport candidate = input.Report.Candidate;
        string huge = new('x', 1 << 20);
        SubjectReport longer = candidate with { Run = candidate.Run with { Answers = [.. candidate.Run.Answers.Select((a, i) => i < 20 ? a with { Text = huge + i } : a)] } };
        byte[] html = HtmlReport.Write(input with { Report = input.Report with { Subjects = [longer, .. input.Report.Subjects.Skip(1)] } });

        Assert.True(html.Length < 2_000_000, $"{html.Length} bytes");
        Assert.Contains("more characters in eval.json)", Encoding.UTF8.GetString(html), StringComparison.Ordinal);
    }

    [Fact]
    public void Data_in_the_page_are_those_of_the_evaluation()
    {
        ReportInput input = ReportCases.Whole(50, hostile: true);
        using JsonDocument data = JsonDocument.Parse(Regex.Match(Text(input), "id=\"data\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value);
        string[] texts = [.. data.RootElement.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!)];
        JsonElement candidate = data.RootElement.GetProperty("subjects")[0];

        Assert.Equal(input.Report.Items.Select(i => i.Input), data.RootElement.GetProperty("input").EnumerateArray().Select(i => texts[i.GetInt32()]));
        Assert.Equal(
            input.Report.Candidate.Run.Answers.Select(a => a.Text.Replace('\ud800', '\ufffd')), candidate.GetProperty("answer").EnumerateArray().Select(i => texts[i.GetInt32()]));
        Assert.All(input.Report.Candidate.Metrics, metric => Assert.Equal(
            metric.RowScores.Select(s => Math.Round(s, 6)), candidate.GetProperty("scores").GetProperty(metric.Spec.ToString()).EnumerateArray().Select(s => s.GetDouble())));
    }

    [Fact]
    public void Report_of_the_least_there_can_be_is_written()
    {
        ReportInput whole = ReportCases.Whole(20, earlier: false);
        EvaluationReport alone = whole.Report with { Subjects = [whole.Report.Candidate with { Metrics = [] }] };
        string html = Text(new ReportInput { Title = "", Report = alone });

        Assert.Contains("<section id=\"rows\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<section id=\"verdict\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_in_a_script_comes_back_whatever_it_is()
    {
        Prop.ForAll<string>(ArbMap.Default.ArbFor<string>(), text =>
        {
            string hard = (text ?? "") + "</script><!--" + text + "##::" + text;
            string json = new ScriptJson().String(hard).ToString();
            string well = Encoding.Unicode.GetString(Encoding.Unicode.GetBytes(hard));
            return JsonSerializer.Deserialize<string>(json) == well && !json.Contains('<') && !json.Contains("##") && !json.Contains("::") && json.All(c => c >= ' ');
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Changes_are_counted_on_common_rows_alone()
    {
        ReportChanges changes = ReportChanges.Of(ReportCases.Whole(200))!;

        Assert.Equal((180, 20, 0), (changes.Common, changes.Added, changes.Removed));
        Assert.True(changes.Fixed > changes.Broken && changes.Broken > 0);
        (double value, _) = changes.Difference(0.95)!.Value;
        Assert.Equal((changes.Fixed - changes.Broken) / 180.0, value, 12);
    }

    [Fact]
    public void Builds_are_compared_on_the_rows_they_share()
    {
        ReportInput input = ReportCases.Whole(200);
        ReportInput both = BuildComparison.Of([new EarlierReport("now", input.Report), input.Earlier!]);

        Assert.Equal(180, both.Report.Items.Count);
        Assert.Equal(["now", "Contoso.TicketTriage 1.1.0"], both.Report.Subjects.Select(s => s.Name));
        Assert.Contains("The builds", Text(both), StringComparison.Ordinal);
        EvaluationReport none = input.Report with { Items = [.. input.Report.Items.Select(i => i with { Id = "other" + i.Id })] };
        Assert.Equal("MOPS5302", Assert.Throws<Core.Diagnostics.DiagnosticException>(() => BuildComparison.Of([new("a", input.Report), new("b", none)])).Diagnostic.Code);
    }

    private static string Text(ReportInput input) => Encoding.UTF8.GetString(HtmlReport.Write(input));

    private static string Hash(string html, string pattern)
        => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Regex.Match(html, pattern, RegexOptions.Singleline).Groups[1].Value)));
}
