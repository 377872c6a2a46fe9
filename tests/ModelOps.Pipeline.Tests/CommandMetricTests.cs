using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Evaluating;

namespace ModelOps.Pipeline.Tests;

/// <summary>A metric by a command, with the shell's own tools.</summary>
public sealed class CommandMetricTests
{
    private static readonly EvaluationItem[] s_items = [Item("r1"), Item("r2"), Item("r3")];

    private static readonly SubjectRun s_run = new("candidate", SubjectKind.Candidate, [new("<script>a"), new("\u001b[31m \"b\"\n"), new("c")]);

    [Fact]
    public void A_command_scores_lines_in_any_order()
    {
        // Reads all lines, then writes them from the last to the first; the answer that holds a "b" gets 1.
        const string command = """sed -E -e '/"answer":"[^,]*b/s/.*"id":"([^"]*)".*/{"id":"\1","score":1}/;t' -e 's/.*"id":"([^"]*)".*/{"id":"\1","score":0.25}/' | sort -r""";
        Assert.Equal([0.25, 1, 0.25], Score(command));
    }

    [Theory]
    [InlineData("exit 3", "MOPS5157", "left 3 of 3 answers unscored")]
    [InlineData("cat > /dev/null; echo it broke >&2", "MOPS5157", "it broke")]
    [InlineData("cat > /dev/null; echo loading", "MOPS5158", "loading")]
    [InlineData("""cat > /dev/null; echo '{"id":"r9","score":1}'""", "MOPS5158", "nobody asked")]
    [InlineData("""cat > /dev/null; echo '{"id":"r1","score":7}'""", "MOPS5155", "from 0 to 1")]
    [InlineData("""cat > /dev/null; echo '{"id":"r1"}'""", "MOPS5155", "from 0 to 1")]
    [InlineData("""sed -E 's/.*"id":"([^"]*)".*/{"id":"\1","score":1}/'; exit 4""", "MOPS5157", "exit code 4")]
    [InlineData("sleep 60", "MOPS5157", "said nothing")]
    public void A_command_that_breaks_gives_no_score(string command, string code, string text)
    {
        Diagnostic found = Assert.Throws<DiagnosticException>(() => Score(command)).Diagnostic;
        Assert.Equal(code, found.Code);
        Assert.Contains(text, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_content_of_its_inputs_is_part_of_the_metric()
    {
        Core.Artifacts.Digest digest = Core.Artifacts.Digest.Of([1]);
        var spec = new MetricSpec("Command", "tone") { Argument = CommandArgument.Of("./score.sh", [digest]) };
        Assert.Equal(("Command(tone)", "./score.sh"), (spec.ToString(), CommandArgument.LineOf(spec)));
        Assert.Contains(digest.ToString(), spec.Key, StringComparison.Ordinal);
    }

    private static double[] Score(string command)
        => new CommandMetric(new MetricSpec("Command", "tone") { Argument = command }, Path.GetTempPath(), TimeSpan.FromSeconds(3), default).Score(s_items, s_run);

    private static EvaluationItem Item(string id) => new(id, [new PromptMessage("user", "question")], "reference");
}
