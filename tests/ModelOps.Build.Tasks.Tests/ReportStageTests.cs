using System.Text.Json;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests;

/// <summary>What the stages leave for people and CI systems.</summary>
public sealed class ReportStageTests : IDisposable
{
    private readonly TaskProject _project = new();

    [Fact]
    public void Gate_writes_what_is_asked_for_and_takes_away_what_is_not()
    {
        _project.Settings[Names.ModelOpsReport] = "html;markdown;junit;sarif";
        Build(summary: _project["job.md"]);
        Assert.Equal(["data.html", "data.md", "index.html", "junit-rows.xml", "junit.xml", "modelops.sarif", "summary.md"], Reports());
        Assert.StartsWith("## p: gates ", File.ReadAllText(_project["job.md"]), StringComparison.Ordinal);

        DateTime written = File.GetLastWriteTimeUtc(_project["obj/report/index.html"]);
        Build(summary: _project["job.md"]);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_project["obj/report/index.html"]));

        _project.Settings[Names.ModelOpsReport] = "markdown";
        Build();
        Assert.Equal(["data.md", "modelops.sarif", "summary.md"], Reports());
    }

    [Fact]
    public void Missed_gate_leaves_a_report_and_a_finding_at_its_place()
    {
        _project.Settings[Names.ModelOpsReport] = "html;sarif";
        _project.Settings[Names.Epochs] = "0";
        Build(passes: false);

        Assert.Contains("Gates failed", File.ReadAllText(_project["obj/report/index.html"]), StringComparison.Ordinal);
        JsonElement[] findings = Findings();
        Assert.Contains(findings, f => f.GetProperty("ruleId").GetString() == "MOPS5001" && f.GetProperty("level").GetString() == "error");
    }

    [Fact]
    public void Build_that_stops_at_its_data_has_findings_too_and_loses_them_when_they_are_mended()
    {
        _project.Settings[Names.ModelOpsReport] = "sarif";
        string rows = File.ReadAllText(_project["train.jsonl"]);
        _project.Write("train.jsonl", "{\"messages\": oops}\n" + rows);
        Assert.False(_project.Run(new Validate()));
        JsonElement finding = Assert.Single(Findings());
        Assert.Equal("train.jsonl", finding.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal("Validate", finding.GetProperty("properties").GetProperty("stage").GetString());

        _project.Write("train.jsonl", rows);
        Assert.True(_project.Run(new Validate()));
        Assert.All(Findings(), note => Assert.Equal("note", note.GetProperty("level").GetString()));
    }

    [Fact]
    public void Word_that_is_no_report_is_refused_before_any_work()
    {
        _project.Settings[Names.ModelOpsReport] = "html;juint";

        Assert.False(_project.Run(new Validate()));
        Assert.Contains("MOPS5300", _project.Engine.Log, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'junit'?", _project.Engine.Log, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();

    private void Build(string summary = "", bool passes = true)
    {
        Assert.True(_project.Run(new Validate()), _project.Engine.Log);
        Assert.True(_project.Run(new Fingerprint()), _project.Engine.Log);
        Assert.True(_project.Run(new Train()), _project.Engine.Log);
        Assert.True(_project.Run(new Evaluate()), _project.Engine.Log);
        Assert.Equal(passes, _project.Run(new Gate { JobSummary = summary }));
    }

    private string[] Reports() => [.. Directory.GetFiles(_project["obj/report"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private JsonElement[] Findings()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(_project["obj/report/modelops.sarif"]));
        return [.. json.RootElement.GetProperty("runs")[0].GetProperty("results").Clone().EnumerateArray()];
    }
}
