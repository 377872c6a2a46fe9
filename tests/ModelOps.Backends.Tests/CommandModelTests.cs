using ModelOps.Backends.Commands;

namespace ModelOps.Backends.Tests;

public sealed class CommandModelTests
{
    /// <summary>Answers every line with its repeat; what a shell can do without other programs than sed.</summary>
    private const string Echo = """sed -E 's/.*"id":"([^"]*)","repeat":([0-9]+).*/{"id":"\1","repeat":\2,"text":"r\2","promptTokens":3}/'""";

    private readonly List<AnswerLine> _answers = [];

    private static Question[] Questions(int count) => [.. Enumerable.Range(0, count).Select(i => new Question($"id{i / 2}", i % 2, [new("user", "x")]))];

    [FactOnUnix]
    public async Task A_command_answers_every_line()
    {
        await AskAsync(Echo, Questions(4));

        Assert.Equal(["id0/0:r0", "id0/1:r1", "id1/0:r0", "id1/1:r1"], _answers.Select(a => $"{a.Id}/{a.Repeat}:{a.Text}"));
        Assert.All(_answers, a => Assert.Equal((3, "stop"), (a.PromptTokens, a.Finish)));
    }

    [FactOnUnix]
    public async Task More_than_a_pipe_holds_goes_through_in_both_directions()
    {
        await AskAsync(Echo, Questions(20_000));

        Assert.Equal(20_000, _answers.Count);
    }

    [TheoryOnUnix]
    [InlineData("exit 3", "MOPS5116", "exit code 3")]
    [InlineData("echo broken >&2; exit 1", "MOPS5116", "broken")]
    [InlineData("no-such-program-anywhere", "MOPS5116", "127")]
    [InlineData("head -n 1 | " + Echo, "MOPS5116", "3 of 4 questions unanswered")]
    [InlineData("cat > /dev/null; echo '<script>'", "MOPS5117", "<script>")]
    [InlineData("cat > /dev/null; echo 'null'", "MOPS5117", "null")]
    [InlineData("cat > /dev/null; echo '{\"id\":\"id0\"}'", "MOPS5117", "'text' is missing")]
    [InlineData("cat > /dev/null; echo '{\"id\":\"other\",\"text\":\"x\"}'", "MOPS5117", "nobody asked")]
    [InlineData(Echo + " | sed p", "MOPS5117", "nobody asked")]
    [InlineData("sleep 30", "MOPS5116", "said nothing for 0.3 s", 0.3)]
    public async Task A_command_that_fails_is_a_tool_that_broke(string command, string code, string says, double timeout = 30)
    {
        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => AskAsync(command, Questions(4), timeout));

        Assert.Equal(code, failure.Diagnostic.Code);
        Assert.Contains(says, failure.Diagnostic.Message, StringComparison.Ordinal);
    }

    [FactOnUnix]
    public async Task Answers_before_a_failure_are_handed_over()
    {
        await Assert.ThrowsAsync<DiagnosticException>(() => AskAsync($"head -n 2 | {Echo}; exit 5", Questions(4)));

        Assert.Equal(2, _answers.Count);
    }

    private Task AskAsync(string command, Question[] questions, double timeout = 30)
    {
        var model = new CommandModel(new CommandOptions("rules", command, Path.GetTempPath()) { Timeout = TimeSpan.FromSeconds(timeout) });
        return model.AskAsync(questions, new DecodingOptions(), _answers.Add, CancellationToken.None);
    }
}

internal sealed class FactOnUnixAttribute : FactAttribute
{
    public FactOnUnixAttribute() => Skip = OperatingSystem.IsWindows() ? "The commands are those of a Unix shell." : null;
}

internal sealed class TheoryOnUnixAttribute : TheoryAttribute
{
    public TheoryOnUnixAttribute() => Skip = OperatingSystem.IsWindows() ? "The commands are those of a Unix shell." : null;
}
