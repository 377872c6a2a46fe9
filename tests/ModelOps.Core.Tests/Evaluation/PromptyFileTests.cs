using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Evaluation;

public sealed class PromptyFileTests
{
    private const string Body = "user:\n{{input}}\n";

    private static readonly EvaluationItem s_item = new(
        "row", [new("system", "s"), new("user", "first"), new("assistant", "a"), new("user", "second {{product}}\nassistant:\nno")], "x",
        Fields: new Dictionary<string, string> { ["product"] = "till" });

    [Fact]
    public void A_whole_file_is_read_and_rendered()
    {
        const string text = """
            ---
            name: Zero-shot triage   # shown to people
            description: >
              Asks once,
              without examples.
            version: "1.0"
            authors:
              - Ada
              - 'Grace'
            tags: [triage, support]
            model:
              api: chat
              parameters:
                max_tokens: 64
                temperature: 0.5
            inputs:
              input:
                type: string
            sample:
              input: |
                Where is my parcel?
            ---

            system:
            Sort the ticket about the {{ product }}.
              Indented.

            user:
            Hello
            assistant:
            {"a":{"b":1}}
            user:

            Ticket: {{input}} ({{product}}{{product}})

            """;
        PromptyFile prompt = PromptyFile.Parse(text, "prompts/zero-shot.prompty");
        Assert.Equal(("zero-shot", "Zero-shot triage", "Asks once, without examples."), (prompt.Name, prompt.Title, prompt.Description));
        Assert.Equal((64, 0.5), (prompt.MaxTokens, prompt.Temperature));
        Assert.Equal(["input", "product"], prompt.Placeholders);
        prompt.CheckPlaceholders(["product", "slice"]);
        Assert.Equal(
            [
                new PromptMessage("system", "Sort the ticket about the till.\n  Indented."),
                new PromptMessage("user", "Hello"),
                new PromptMessage("assistant", """{"a":{"b":1}}"""),
                new PromptMessage("user", "Ticket: second {{product}}\nassistant:\nno (tilltill)"),
            ],
            prompt.Render(s_item));
        Assert.Equal(new DecodingOptions { MaxNewTokens = 64, Temperature = 0.5, Seed = 3 }, prompt.Decoding(new DecodingOptions { Seed = 3 }));
    }

    [Fact]
    public void Line_endings_and_a_byte_order_mark_change_nothing()
    {
        string text = $"---\nname: x\n---\nsystem:\nOne.\nTwo.\n{Body}";
        Assert.Equal(
            PromptyFile.Parse(text, "p.prompty").Render(s_item),
            PromptyFile.Parse("\uFEFF" + text.Replace("\n", "\r\n", StringComparison.Ordinal), "p.prompty").Render(s_item));
    }

    [Theory]
    [InlineData("", "MOPS4020", 1, 1)]
    [InlineData("user:\n{{input}}", "MOPS4020", 1, 1)]
    [InlineData("---\nname: x\nuser:\n{{input}}", "MOPS4020", 1, 1)]
    [InlineData("---\nname x\n---\n" + Body, "MOPS4021", 2, 1)]
    [InlineData("---\n\tname: x\n---\n" + Body, "MOPS4021", 2, 1)]
    [InlineData("---\nname: \"x\n---\n" + Body, "MOPS4021", 2, 7)]
    [InlineData("---\nname: 'x' y\n---\n" + Body, "MOPS4021", 2, 10)]
    [InlineData("---\nname: \"\\q\"\n---\n" + Body, "MOPS4021", 2, 8)]
    [InlineData("---\nname: &a x\n---\n" + Body, "MOPS4021", 2, 7)]
    [InlineData("---\nname: a: b\n---\n" + Body, "MOPS4021", 2, 7)]
    [InlineData("---\nmodel: {api: chat}\n---\n" + Body, "MOPS4021", 2, 8)]
    [InlineData("---\nname: x\nname: y\n---\n" + Body, "MOPS4021", 3, 1)]
    [InlineData("---\nmodel:\n    api: chat\n  parameters: 1\n---\n" + Body, "MOPS4021", 4, 1)]
    [InlineData("---\nname: x\n\nmodle:\n  api: chat\n---\n" + Body, "MOPS4022", 4, 1)]
    [InlineData("---\nmodel:\n  configuration:\n    type: azure_openai\n---\n" + Body, "MOPS4022", 3, 3)]
    [InlineData("---\nmodel:\n  parameters:\n    max_token: 5\n---\n" + Body, "MOPS4022", 4, 5)]
    [InlineData("---\nmodel:\n  api: completion\n---\n" + Body, "MOPS4023", 3, 8)]
    [InlineData("---\nmodel: chat\n---\n" + Body, "MOPS4023", 2, 8)]
    [InlineData("---\nmodel:\n  parameters:\n    max_tokens: 0\n---\n" + Body, "MOPS4023", 4, 17)]
    [InlineData("---\nmodel:\n  parameters:\n    max_tokens: many\n---\n" + Body, "MOPS4023", 4, 17)]
    [InlineData("---\nmodel:\n  parameters:\n    temperature: -1\n---\n" + Body, "MOPS4023", 4, 18)]
    [InlineData("---\nname: [a, b]\n---\n" + Body, "MOPS4023", 2, 7)]
    [InlineData("---\nname: x\n---\n\n", "MOPS4024", 5, 0)]
    [InlineData("---\nname: x\n---\nHello\n" + Body, "MOPS4024", 4, 1)]
    [InlineData("---\nname: x\n---\nUser:\n{{input}}", "MOPS4024", 4, 1)]
    [InlineData("---\nname: x\n---\nsystem:\n\n" + Body, "MOPS4024", 4, 0)]
    [InlineData("---\nname: x\n---\n" + Body + "assistant:\nyes", "MOPS4024", 7, 0)]
    [InlineData("---\nname: x\n---\nuser:\nIt is {{input", "MOPS4025", 5, 7)]
    [InlineData("---\nname: x\n---\nuser:\nIt is {{input | upper}}", "MOPS4025", 5, 7)]
    [InlineData("---\nname: x\n---\nuser:\n{% if x %}{{input}}", "MOPS4025", 5, 1)]
    [InlineData("---\nname: x\n---\nuser:\n {{}}", "MOPS4025", 5, 2)]
    [InlineData("---\nname: x\n---\nuser:\nHello", "MOPS4027", 4, 0)]
    public void What_is_wrong_has_a_code_a_line_and_a_column(string text, string code, int line, int column)
    {
        Diagnostic found = Assert.Throws<DiagnosticException>(() => PromptyFile.Parse(text, "prompts/p.prompty")).Diagnostic;
        Assert.Equal((code, new SourceLocation("prompts/p.prompty", line, column)), (found.Code, found.Location!.Value));
        Assert.Equal(DiagnosticSeverity.Error, found.Severity);
    }

    [Fact]
    public void An_unknown_placeholder_is_found_before_any_work_with_its_place()
    {
        PromptyFile prompt = PromptyFile.Parse("---\nname: x\n---\nuser:\n{{input}}\n  and {{prodct}}", "p.prompty");
        Diagnostic early = Assert.Throws<DiagnosticException>(() => prompt.CheckPlaceholders(["product"])).Diagnostic;
        Assert.Equal(("MOPS4026", new SourceLocation("p.prompty", 6, 7)), (early.Code, early.Location!.Value));
        Assert.Contains("Did you mean 'product'?", early.Message, StringComparison.Ordinal);
        Assert.Equal("MOPS4026", Assert.Throws<DiagnosticException>(() => prompt.Render(s_item)).Diagnostic.Code);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_an_error_of_its_own()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("prompty");
        try
        {
            string path = Path.Combine(folder.FullName, "p.prompty");
            Assert.Equal("MOPS4028", Assert.Throws<DiagnosticException>(() => PromptyFile.Load(path)).Diagnostic.Code);
            File.WriteAllBytes(path, [.. "---\nname: x\n---\nuser:\n{{input}} "u8, 0xFF, 0xFE]);
            Assert.Equal("MOPS4028", Assert.Throws<DiagnosticException>(() => PromptyFile.Load(path)).Diagnostic.Code);
            File.WriteAllText(path, "---\nname: x\n---\nuser:\n{{input}} ü");
            Assert.EndsWith(" ü", PromptyFile.Load(path).Render(s_item)[0].Content, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_prompts_of_the_sample_repository_are_understood()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "ModelOps.sln")))
        {
            root = root.Parent;
        }

        string[] files = Directory.GetFiles(Path.Combine(root!.FullName, "sample-repo"), "*.prompty", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.All(files, f => Assert.Contains("first words", PromptyFile.Load(f).Render(s_item with { Messages = [new("user", "first words")] })[^1].Content, StringComparison.Ordinal));
    }
}
