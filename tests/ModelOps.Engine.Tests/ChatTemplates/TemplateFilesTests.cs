using ModelOps.Engine.ChatTemplates;

namespace ModelOps.Engine.Tests.ChatTemplates;

/// <summary>Which template of a folder is taken: the rules of Transformers, whose files replace the list in the configuration.</summary>
public sealed class TemplateFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("templates-").FullName;

    [Theory]
    [InlineData("default", "single")]
    [InlineData("tool_use", "tools")]
    [InlineData("rag.v2", "retrieval")]
    public void Files_are_templates_by_name(string name, string expected)
    {
        Write("tokenizer_config.json", """{"chat_template":[{"name":"default","template":"listed"},{"name":"other","template":"listed"}]}""");
        Write("chat_template.jinja", "single\n");
        Write("additional_chat_templates/tool_use.jinja", "tools");
        Write("additional_chat_templates/rag.v2.jinja", "retrieval");
        Write("additional_chat_templates/notes.txt", "none");
        var template = ChatTemplate.Load(_folder, name);
        Assert.Equal(expected, template.Render(ChatConversation.FromMessages(("user", "a"))).Text);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("notes")]
    public void Beside_files_the_list_does_not_count(string name)
    {
        Write("tokenizer_config.json", """{"chat_template":[{"name":"default","template":"listed"},{"name":"other","template":"listed"}]}""");
        Write("chat_template.jinja", "single");
        Write("additional_chat_templates/tool_use.jinja", "tools");
        Write("additional_chat_templates/notes.txt", "none");
        var e = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Load(_folder, name));
        Assert.Contains("there are: default, tool_use", e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_files_the_list_counts()
    {
        Write("tokenizer_config.json", """{"chat_template":[{"name":"default","template":"listed"},{"name":"other","template":"second"}]}""");
        Assert.Equal("second", ChatTemplate.Load(_folder, "other").Source);
    }

    [Fact]
    public void Failures_name_the_file()
    {
        Write("additional_chat_templates/tool_use.jinja", "\n{% frob %}");
        var e = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Load(_folder, "tool_use"));
        Assert.EndsWith("tool_use.jinja", e.File, StringComparison.Ordinal);
        Assert.Equal((2, 4), (e.Line, e.Column));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
