using System.Text.Json;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Build.Tasks.Tests;

/// <summary>What Validate says of data: in the build, in problems.txt, and as the project's severities have it.</summary>
public sealed class DataProblemTests : IDisposable
{
    private readonly TaskProject _project = new();

    public DataProblemTests() => _project.Write("train.jsonl", File.ReadAllText(_project["train.jsonl"]) + string.Concat(Enumerable.Range(0, 30).Select(i => Row($"mail person{i}@contoso.de about room {i}"))));

    public void Dispose() => _project.Dispose();

    private static string Row(string question) => $$$"""{"prompt":"{{{question}}}","completion":"{\"queue\":\"it\"}"}""" + "\n";

    private string[] Problems => File.ReadAllLines(_project["obj/problems.txt"]);

    private string[] Lines => _project.Engine.Log.Split('\n');

    private int Mails => Lines.Count(l => l.Contains(" MOPS1041: ", StringComparison.Ordinal));

    private int Listed(string what) => Problems.Count(l => l.Contains(what, StringComparison.Ordinal));

    [Fact]
    public void The_first_twenty_are_shown_all_are_listed_and_a_build_that_does_not_read_says_them_again()
    {
        Assert.True(_project.Run(new Validate()));
        Assert.Equal((21, 30), (Lines.Count(l => l.Contains(": warning ", StringComparison.Ordinal)), Listed(": warning MOPS1041: ")));
        Assert.Contains(Lines, l => l.Contains("warning MOPS1021", StringComparison.Ordinal) && l.Contains($"{Listed(": warning ") - 20} more", StringComparison.Ordinal));
        Assert.All(Problems, line => Assert.Matches(@"^(train|eval)\.jsonl(\(\d+,\d+\))?: (warning|info) MOPS1\d{3}: |^p\.csproj", line));
        string[] said = [.. Lines.Where(l => l.Contains("warning", StringComparison.Ordinal))];

        _project.Settings[Names.LearningRate] = "2e-3";
        Assert.True(_project.Run(new Validate()));
        Assert.Contains(Lines, l => l.Contains("were read before", StringComparison.Ordinal));
        Assert.Equal(said, Lines.Where(l => l.Contains("warning", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rows_that_do_not_fit_are_found_in_tokens_before_training()
    {
        string[] questions = [new string('a', 600), new string('b', 700), new string('c', 800), new string('d', 900)];
        _project.Write("train.jsonl", File.ReadAllText(_project["train.jsonl"]) + string.Concat(questions.Select(Row)));
        int first = File.ReadAllLines(_project["train.jsonl"]).Length - 3;
        var asked = new List<string[]>();
        WorkerRun Count(WorkerRequest request)
        {
            var work = (InspectRequest)request;
            asked.Add(File.ReadAllLines(work.Rows!));
            // One fits, one is cut, of one nothing is left, one is not scored at all.
            File.WriteAllLines(work.Output!, asked[^1].Select(line => JsonSerializer.Serialize(
                (line.Contains("aaaaaaaaaa", StringComparison.Ordinal), line.Contains("bbbbbbbbbb", StringComparison.Ordinal), line.Contains("cccccccccc", StringComparison.Ordinal)) switch
                {
                    (true, _, _) => new LengthLine("a", 300, 9, 9),
                    (_, true, _) => new LengthLine("b", 515, 9, 6),
                    (_, _, true) => new LengthLine("c", 700, 9, 0),
                    _ => new LengthLine("d", 20, 0, 0),
                }, WorkerJson.Options)));
            return new WorkerRun(new ResultEvent(), []);
        }

        for (int run = 0; run < 2; run++)
        {
            Assert.False(_project.Run(new Validate { InProcess = Count }));
            Assert.Equal(
                [("warning MOPS1064", first + 1), ("error MOPS1065", first + 2), ("error MOPS1066", first + 3)],
                new[] { "warning MOPS1064", "error MOPS1065", "error MOPS1066" }.Select(c => (c, int.Parse(Assert.Single(Problems, l => l.Contains(c, StringComparison.Ordinal)).Split('(', ',')[1], null))));
            Assert.Contains(Lines, l => l.Contains("515 tokens", StringComparison.Ordinal) && l.Contains("3 of the 9 tokens", StringComparison.Ordinal));
        }

        Assert.Equal(4, Assert.Single(asked).Length);
        _project.Settings[Names.MaxSequenceLength] = "900";
        Assert.False(_project.Run(new Validate { InProcess = Count }));
        Assert.Equal([4, 2], asked.Select(a => a.Length));
        _project.Settings[Names.MaxSequenceLength] = "2000";
        _project.Settings[Names.LoraTargetModules] = "q_proj;q_prj";
        Assert.False(_project.Run(new Validate { InProcess = Count }));
        Assert.Contains(Lines, l => l.Contains("MOPS3052", StringComparison.Ordinal) && l.Contains("q_prj", StringComparison.Ordinal));
        _project.Settings[Names.LoraTargetModules] = "q_proj";
        Assert.True(_project.Run(new Validate { InProcess = Count }));
        Assert.Equal((2, 0), (asked.Count, Listed("MOPS106")));
    }

    [Fact]
    public void EditorConfig_and_NoWarn_decide_and_what_is_fixed_stays_an_error()
    {
        _project.Write(".editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.MOPS1041.severity = error\n[{train,other}.jsonl]\ndotnet_diagnostic.MOPS1041.severity = none\n");
        Assert.True(_project.Run(new Validate()));
        Assert.Equal((0, 0), (Mails, Listed("MOPS1041")));

        _project.Write(".editorconfig", "root = true\n[*]\ndotnet_diagnostic.mops1041.severity = error\n");
        Assert.False(_project.Run(new Validate()));
        Assert.Equal(20, Lines.Count(l => l.Contains("error MOPS1041", StringComparison.Ordinal)));

        _project.Write(".editorconfig", "root = true\n[*]\ndotnet_diagnostic.MOPS1041.severity = suggestion\n");
        Assert.True(_project.Run(new Validate()));
        Assert.Equal((0, 30), (Mails, Listed(": info MOPS1041: ")));

        _project.Write(".editorconfig", "root = true\n[*]\ndotnet_diagnostic.MOPS1041.severity = sometimes\ndotnet_diagnostic.MOPS1008.severity = none\n");
        _project.Settings[Names.NoWarn] = "1701;mops1041";
        _project.Write("eval.jsonl", File.ReadAllText(_project["eval.jsonl"]) + Row("").Replace("{\\\"queue\\\":\\\"it\\\"}", " ", StringComparison.Ordinal));
        Assert.False(_project.Run(new Validate()));
        Assert.Equal(0, Mails);
        Assert.Equal(
            [("MOPS1008", "eval.jsonl"), ("MOPS1060", ".editorconfig(3"), ("MOPS1063", ".editorconfig(4")],
            new[] { ("MOPS1008", "eval.jsonl"), ("MOPS1060", ".editorconfig(3"), ("MOPS1063", ".editorconfig(4") }
                .Where(e => Lines.Any(l => l.Contains(e.Item1, StringComparison.Ordinal) && l.Contains(e.Item2, StringComparison.Ordinal))));
    }
}
