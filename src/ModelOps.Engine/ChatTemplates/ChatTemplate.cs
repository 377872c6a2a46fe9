using System.Text.Json;
using ModelOps.Engine.ChatTemplates.Jinja;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.ChatTemplates;

/// <summary>
/// A model's own chat template: the Jinja that such templates use, rendered as Transformers renders it (<c>trim_blocks</c>,
/// <c>lstrip_blocks</c>, loop controls, an immutable sandbox). Safe for several threads.
/// </summary>
public sealed class ChatTemplate
{
    public const string FileName = "chat_template.jinja";

    /// <summary>The folder of further templates, each named as its file without <c>.jinja</c>.</summary>
    public const string AdditionalFolder = "additional_chat_templates";

    private const string DefaultName = "default";
    private const string Extension = ".jinja";

    private readonly string _file;
    private readonly IReadOnlyList<Statement> _body;
    private readonly Dictionary<string, object?> _specialTokens = new(StringComparer.Ordinal);

    private readonly DateTime? _now;

    private ChatTemplate(string source, string file, IReadOnlyDictionary<string, string>? specialTokens, DateTime? now)
    {
        // As Jinja reads a source: one kind of newline, and not the last one.
        Source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (Source.EndsWith('\n'))
            Source = Source[..^1];
        _file = file;
        _now = now;
        (_body, HasGeneration) = Guard(() => JinjaParser.Parse(Source));
        foreach (var (name, token) in specialTokens ?? new Dictionary<string, string>())
            _specialTokens[name] = token;
    }

    /// <summary>Where the template comes from.</summary>
    public string File => _file;

    /// <summary>The template with <c>\n</c> as its only newline.</summary>
    public string Source { get; }

    /// <summary>The template marks the assistant's part itself with <c>{% generation %}</c>.</summary>
    public bool HasGeneration { get; }

    /// <summary>
    /// A template of a model folder: <c>chat_template.jinja</c> and <c>additional_chat_templates/*.jinja</c>, or those in
    /// <c>tokenizer_config.json</c> where there are no such files. As in Transformers the files replace the whole list.
    /// </summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="name">Which one of a named list.</param>
    /// <param name="now">
    /// What <c>strftime_now</c> tells. Null leaves that function undefined, so that a rendering does not depend on the day; templates
    /// that ask whether it is defined then print their fixed date.
    /// </param>
    /// <exception cref="ChatTemplateException">There is none of that name, or it uses what is not supported.</exception>
    public static ChatTemplate Load(string folder, string name = DefaultName, DateTime? now = null)
    {
        var config = TokenizerConfig.Load(folder);
        var files = TemplateFiles(folder);
        if (files.TryGetValue(name, out string? path))
            return new ChatTemplate(System.IO.File.ReadAllText(path), path, config.SpecialTokens, now);
        string configPath = Path.Combine(folder, TokenizerConfig.FileName);
        if (files.Count == 0 && config.ChatTemplates.TryGetValue(name, out string? source))
            return new ChatTemplate(source, configPath, config.SpecialTokens, now);
        string[] names = [.. files.Count > 0 ? files.Keys : config.ChatTemplates.Keys];
        throw new ChatTemplateException(files.Count > 0 ? Path.Combine(folder, FileName) : configPath, names.Length == 0
            ? $"the model has no chat template: neither here nor in {FileName}"
            : $"there is no chat template '{name}'; there are: {string.Join(", ", names)}");
    }

    private static SortedDictionary<string, string> TemplateFiles(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string additional = Path.Combine(folder, AdditionalFolder);
        if (Directory.Exists(additional))
        {
            // On Windows the pattern is blind to case and the rule upstream is not.
            foreach (string path in Directory.GetFiles(additional, "*" + Extension).Where(p => p.EndsWith(Extension, StringComparison.Ordinal)))
                files[Path.GetFileName(path)[..^Extension.Length]] = path;
        }

        string single = Path.Combine(folder, FileName);
        if (System.IO.File.Exists(single))
            files.TryAdd(DefaultName, single);
        return files;
    }

    /// <param name="source">The template.</param>
    /// <param name="file">The name that failures carry.</param>
    /// <param name="specialTokens">Variables such as <c>bos_token</c>.</param>
    /// <param name="now">As for <see cref="Load"/>.</param>
    /// <exception cref="ChatTemplateException">The template uses what is not supported.</exception>
    public static ChatTemplate Parse(
        string source, string file = FileName, IReadOnlyDictionary<string, string>? specialTokens = null, DateTime? now = null) =>
        new(source, file, specialTokens, now);

    /// <param name="conversation">What is rendered.</param>
    /// <param name="addGenerationPrompt">Ends with what precedes the assistant's next answer.</param>
    /// <exception cref="ChatTemplateException">The template fails on the conversation.</exception>
    public RenderedText Render(ChatConversation conversation, bool addGenerationPrompt = false) => Guard(() =>
    {
        var rendering = new JinjaRendering();
        var scope = new JinjaScope(rendering, JinjaGlobals.Create(_now));
        foreach (var (name, token) in _specialTokens)
            scope.Set(name, token);
        scope.Set("messages", Value(conversation.Messages, "messages"));
        scope.Set("tools", conversation.Tools is { } tools ? Value(tools, "tools") : null);
        scope.Set("documents", null);
        scope.Set("add_generation_prompt", addGenerationPrompt);
        foreach (var (name, value) in conversation.Variables)
            scope.Set(name, Value(value, name));
        Statement.RunAll(_body, scope.Inner());
        return new RenderedText(rendering.Output.ToString(), rendering.Generations);
    });

    private static object? Value(JsonElement element, string name)
    {
        try
        {
            return JinjaJson.Read(element);
        }
        catch (JinjaTypeException e)
        {
            throw new JinjaException(0, $"'{name}' cannot be rendered: {e.Message}");
        }
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (JinjaException e)
        {
            int offset = Math.Min(e.Offset, Source.Length);
            int line = 1 + Source.AsSpan(0, offset).Count('\n');
            int column = offset - Source.AsSpan(0, offset).LastIndexOf('\n');
            throw new ChatTemplateException(_file, e.Message, line, column, e) { RaisedByTemplate = e.RaisedByTemplate };
        }
    }
}
