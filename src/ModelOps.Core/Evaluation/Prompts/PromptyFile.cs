using System.Globalization;
using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>
/// A prompting baseline in Prompty's format (prompty.ai): YAML front matter, then messages under role lines, with <c>{{input}}</c> (the
/// row's last user message) and <c>{{field}}</c> (any further field of the row). What we do not understand is refused, never ignored.
/// </summary>
public sealed class PromptyFile
{
    /// <summary>Stands for the passages of documents, where a prompt gets any.</summary>
    public const string DocumentsPlaceholder = "documents";

    private const string Input = "input";
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IReadOnlyList<PromptMessageTemplate> _messages;

    private PromptyFile(string path, FrontMatter head, IReadOnlyList<PromptMessageTemplate> messages)
    {
        Path = path;
        Name = System.IO.Path.GetFileNameWithoutExtension(path);
        Title = head.Title;
        Description = head.Description;
        MaxTokens = head.MaxTokens;
        Temperature = head.Temperature;
        _messages = messages;
    }

    /// <summary>As it was given; named in messages.</summary>
    public string Path { get; }

    /// <summary>The subject's name: the file name without extension.</summary>
    public string Name { get; }

    /// <summary>The front matter's <c>name</c>.</summary>
    public string? Title { get; }

    public string? Description { get; }

    /// <summary><c>model.parameters.max_tokens</c>.</summary>
    public int? MaxTokens { get; }

    /// <summary><c>model.parameters.temperature</c>.</summary>
    public double? Temperature { get; }

    /// <summary>The prompt shows answered examples of its own.</summary>
    public bool HasExamples => _messages.Any(m => m.Role == "assistant");

    /// <summary>The fields of a row that the question itself needs: names in braces of the last message.</summary>
    public IEnumerable<string> QuestionPlaceholders
        => _messages[^1].Placeholders.Select(p => p.Placeholder!).Where(name => name is not (Input or DocumentsPlaceholder));

    /// <summary>The names in braces, in ordinal order.</summary>
    public IReadOnlyCollection<string> Placeholders
        => new SortedSet<string>(_messages.SelectMany(m => m.Placeholders).Select(p => p.Placeholder!), StringComparer.Ordinal);

    public static PromptyFile Load(string path)
    {
        try
        {
            return Parse(s_strictUtf8.GetString(File.ReadAllBytes(path)), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PromptErrors.Unreadable(new SourceLocation(path), e.Message);
        }
        catch (DecoderFallbackException)
        {
            throw PromptErrors.Unreadable(new SourceLocation(path), "it is not UTF-8. Save it as UTF-8.");
        }
    }

    /// <param name="path">Named in messages; its file name names the subject.</param>
    public static PromptyFile Parse(string text, string path)
    {
        string[] lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        int close = lines[0].TrimEnd() == "---" ? Array.FindIndex(lines, 1, l => l.TrimEnd() == "---") : -1;
        if (close < 0)
        {
            throw PromptErrors.NoFrontMatter(new SourceLocation(path, 1, 1));
        }

        FrontMatter head = FrontMatter.Read(FrontMatterParser.Parse(path, lines[1..close], firstLine: 2));
        IReadOnlyList<PromptMessageTemplate> messages = new PromptBodyParser(path).Parse(lines, close + 1);
        return messages.Any(m => m.Placeholders.Any()) ? new PromptyFile(path, head, messages)
            : throw PromptErrors.NoPlaceholder(new SourceLocation(path, close + 2));
    }

    /// <summary>Throws MOPS4026 at the first placeholder that is neither <c>input</c> nor among <paramref name="fields"/>; to be called before any work.</summary>
    public void CheckPlaceholders(IEnumerable<string> fields)
    {
        string[] known = [Input, .. fields.Order(StringComparer.Ordinal)];
        if (_messages.SelectMany(m => m.Placeholders).FirstOrDefault(p => !known.Contains(p.Placeholder, StringComparer.Ordinal)) is { } unknown)
        {
            throw PromptErrors.UnknownPlaceholder(unknown.Location, unknown.Placeholder!, known);
        }
    }

    /// <summary>The messages that ask about one row.</summary>
    public IReadOnlyList<PromptMessage> Render(EvaluationItem item) => Render(item, [], documents: null);

    /// <summary>The messages that ask about one row, after examples that are asked in the same words and answered.</summary>
    /// <param name="documents">What <c>{{documents}}</c> stands for in a question; null: a field of the row, as any other name.</param>
    public IReadOnlyList<PromptMessage> Render(EvaluationItem item, IReadOnlyList<EvaluationItem> examples, string? documents)
    {
        IEnumerable<PromptMessage> shown = examples.SelectMany(e => new[] { Ask(_messages[^1], e, documents is null ? null : ""), new PromptMessage("assistant", e.Reference) });
        return [.. _messages.SkipLast(1).Select(m => Ask(m, item, documents)), .. shown, Ask(_messages[^1], item, documents)];
    }

    private static PromptMessage Ask(PromptMessageTemplate message, EvaluationItem item, string? documents) => message.Render(placeholder =>
    {
        string name = placeholder.Placeholder!;
        if (name == Input || (documents is not null && name == DocumentsPlaceholder))
        {
            return name == Input ? item.Input : documents!;
        }

        return item.Fields is { } fields && fields.TryGetValue(name, out string? value) ? value
            : throw PromptErrors.UnknownPlaceholder(placeholder.Location, name, [Input, .. (item.Fields?.Keys ?? []).Order(StringComparer.Ordinal)]);
    });

    /// <summary>What decides the messages of a row; titles, descriptions and the file's layout do not.</summary>
    public KeyFields ToFields() => new KeyFields().Add("messages", _messages.Select(m => m.ToFields()));

    /// <summary>The shared decoding options with what the prompt file sets itself.</summary>
    public DecodingOptions Decoding(DecodingOptions shared)
        => shared with { MaxNewTokens = MaxTokens ?? shared.MaxNewTokens, Temperature = Temperature ?? shared.Temperature };
}
