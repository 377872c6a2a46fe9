using System.Text;
using ModelOps.Cli.Models;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Tests.Models;

public sealed class WorkerInputTests
{
    [Fact]
    public void A_line_without_an_id_gets_its_number_and_blank_lines_are_passed_over()
    {
        WorkerInput input = Read("\n{\"messages\":[]}\n\n{\"id\":\"ü\",\"messages\":[]}", LineShape.Conversation);

        Assert.Equal(["""{"id":"2","messages":[]}""", """{"id":"ü","messages":[]}"""], input.Lines);
        Assert.Equal(new SourceLocation("in.jsonl", 4), input.Original(new SourceLocation("anything", 2, 7)));
    }

    [Fact]
    public void A_text_is_only_a_text() => Assert.Equal(["""{"text":"ü"}"""], Read("""{"id":"mine","text":"ü"}""", LineShape.Text).Lines);

    [Fact]
    public void Rows_of_a_dataset_are_taken_as_they_are()
    {
        const string messages = """[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]""";

        Assert.Equal([$$"""{"id":"1","messages":{{messages}}}"""], Read($$"""{"slice":"x","messages":{{messages}}}""", LineShape.Conversation).Lines);
        Assert.Equal([$$"""{"id":"1","messages":{{messages}}}"""], Read("""{"prompt":"q","completion":"a"}""", LineShape.Conversation).Lines);
    }

    [Fact]
    public void A_prompt_leaves_the_answer_out()
        => Assert.Equal(
            ["""{"id":"1","messages":[{"role":"user","content":"q"}]}"""],
            Read("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", LineShape.Prompt).Lines);

    [Theory]
    [InlineData("", false)]
    [InlineData("\"adapter\":\"a\",", true)]
    public void Only_where_adapters_have_names_a_prompt_names_one(string kept, bool addressed)
        => Assert.Equal(
            ["{\"id\":\"1\"," + kept + "\"messages\":" + """[{"role":"user","content":"q"}]}"""],
            Read("""{"adapter":"a","prompt":"q"}""", addressed ? LineShape.AddressedPrompt : LineShape.Prompt).Lines);

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":", 2, 9)]
    [InlineData("{\"text\":\"a\"}\n[]", 2, 0)]
    [InlineData("{\"txt\":\"a\"}", 1, 0)]
    [InlineData("{\"text\":1}", 1, 0)]
    [InlineData("{\"text\":\"a\",\"text\":\"b\"}", 1, 0)]
    public void A_line_that_cannot_be_used_is_named(string text, int line, int column)
    {
        Diagnostic problem = Assert.Throws<DiagnosticException>(() => Read(text, LineShape.Text)).Diagnostic;

        Assert.Equal(("MOPS2107", new SourceLocation("in.jsonl", line, column)), (problem.Code, problem.Location!.Value));
    }

    [Fact]
    public void An_input_without_a_line_says_so()
        => Assert.Equal("MOPS2108", Assert.Throws<DiagnosticException>(() => Read(" \n", LineShape.Text)).Diagnostic.Code);

    private static WorkerInput Read(string text, LineShape shape) => WorkerInput.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "in.jsonl", shape);
}
