using System.Reflection;
using System.Text.Json;
using ModelOps.Core.Evaluation.Custom;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker.Tests;

/// <summary>A metric of somebody else's assembly in the real worker.</summary>
public sealed class MeasureTests : IDisposable
{
    private static readonly string s_assembly = Path.GetFullPath(typeof(MeasureTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SampleMetric").Value!);

    private readonly string _folder = Directory.CreateTempSubdirectory("measure-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Assembly_with_a_dependency_of_its_own_scores_every_answer()
    {
        Assert.False(File.Exists(Path.Combine(AppContext.BaseDirectory, "MathNet.Numerics.dll")), "the worker must not have what the metric brings");
        using var run = WorkerRun.Complete(Request(), _folder);
        MeasuredAnswer[] scores = [.. File.ReadLines(In("scores.jsonl")).Select(line => JsonSerializer.Deserialize<MeasuredAnswer>(line, WorkerJson.Options)!)];

        Assert.Equal([new MeasuredAnswer("a", 0.75), new MeasuredAnswer("b", 0), new MeasuredAnswer("c", 1)], scores);
        Assert.Equal(3, run.Result.Rows);
    }

    [Theory]
    [InlineData("MOPS5310", "missing.dll", null, "brevity")]
    [InlineData("MOPS5310", "text", null, "brevity")]
    [InlineData("MOPS5311", null, "SampleMetric.Length", "brevity")]
    [InlineData("MOPS5311", null, null, "politeness")]
    [InlineData("MOPS5313", null, null, "broken")]
    [InlineData("MOPS5313", null, null, "excessive")]
    [InlineData("MOPS5313", null, null, "missing")]
    public void What_goes_wrong_has_a_code(string code, string? assembly, string? type, string metric)
    {
        if (assembly == "text")
        {
            File.WriteAllText(In("text"), "no assembly");
        }

        using var run = WorkerRun.Complete(Request() with { Assembly = assembly is null ? s_assembly : In(assembly), Type = type, Metric = metric }, _folder, WorkerExitCode.BadData);

        Assert.Equal(code, run.Error.Code);
        Assert.False(File.Exists(In("scores.jsonl")));
    }

    [Fact]
    public void Exception_of_a_metric_is_told_with_its_row_and_cleaned()
    {
        MeasureRequest request = Request("fail");
        using var run = WorkerRun.Complete(request, _folder, WorkerExitCode.BadData);

        Assert.Equal("MOPS5312", run.Error.Code);
        Assert.Contains("on row a: InvalidOperationException: no idea", run.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("##vso", run.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Error.Message);
    }

    private MeasureRequest Request(string first = "no")
    {
        AnswerToEvaluate[] answers =
        [
            new("a", [new PromptMessage("user", "q")], "four", first), new("b", [new PromptMessage("user", "q")], "x", "much too long", "s"), new("c", [], "", ""),
        ];
        File.WriteAllLines(In("answers.jsonl"), answers.Select(a => JsonSerializer.Serialize(a, WorkerJson.Options)));
        return new MeasureRequest { Model = _folder, Assembly = s_assembly, Metric = "brevity", Input = In("answers.jsonl"), Output = In("scores.jsonl") };
    }

    private string In(string name) => Path.Combine(_folder, name);
}
