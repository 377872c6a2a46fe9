using System.Text;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Evaluation.Prompts;

/// <summary>One message of a prompt: literal text and placeholders in turn.</summary>
internal sealed class PromptMessageTemplate(string role, IReadOnlyList<PromptSegment> segments)
{
    public string Role { get; } = role;

    public IEnumerable<PromptSegment> Placeholders => segments.Where(s => s.Placeholder is not null);

    /// <summary>Texts and placeholders in turn, so that no text can be taken for a placeholder.</summary>
    public KeyFields ToFields() => new KeyFields().Add("role", Role)
        .Add("parts", segments.Select(s => s.Placeholder is null ? new KeyFields().Add("text", s.Text) : new KeyFields().Add("placeholder", s.Placeholder)));

    /// <summary>Values go in as text: a value that looks like a placeholder or a role marker stays what it is.</summary>
    public PromptMessage Render(Func<PromptSegment, string> valueOf)
        => new(Role, string.Concat(segments.Select(s => s.Placeholder is null ? s.Text : valueOf(s))));
}

/// <summary>Literal text, or a placeholder with its place in the file.</summary>
internal sealed record PromptSegment(string Text, string? Placeholder = null, SourceLocation Location = default);

/// <summary>Splits a prompt's body into messages.</summary>
internal sealed class PromptBodyParser(string file)
{
    private static readonly string[] s_roles = ["system", "user", "assistant"];

    /// <param name="lines">All lines of the file.</param>
    /// <param name="start">Index of the first line after the front matter.</param>
    public IReadOnlyList<PromptMessageTemplate> Parse(IReadOnlyList<string> lines, int start)
    {
        var messages = new List<PromptMessageTemplate>();
        int at = start;
        while (at < lines.Count && string.IsNullOrWhiteSpace(lines[at]))
        {
            at++;
        }

        if (at == lines.Count)
        {
            throw PromptErrors.BadBody(new SourceLocation(file, lines.Count), "there is no text after the front matter");
        }

        while (at < lines.Count)
        {
            if (RoleOf(lines[at]) is not { } role)
            {
                throw PromptErrors.BadBody(new SourceLocation(file, at + 1, 1), "there is text before the first role");
            }

            int first = at + 1;
            at = first;
            while (at < lines.Count && RoleOf(lines[at]) is null)
            {
                at++;
            }

            messages.Add(new PromptMessageTemplate(role, Segments(lines, first, at)));
        }

        return messages[^1].Role == "user" ? messages
            : throw PromptErrors.BadBody(new SourceLocation(file, lines.Count), $"the last message is the {messages[^1].Role}'s");
    }

    private static string? RoleOf(string line)
    {
        string text = line.TrimEnd();
        return text.Length > 1 && text[^1] == ':' ? Array.Find(s_roles, r => text.AsSpan(0, text.Length - 1).SequenceEqual(r)) : null;
    }

    private List<PromptSegment> Segments(IReadOnlyList<string> lines, int first, int end)
    {
        int role = first;
        while (first < end && string.IsNullOrWhiteSpace(lines[first]))
        {
            first++;
        }

        while (end > first && string.IsNullOrWhiteSpace(lines[end - 1]))
        {
            end--;
        }

        if (first == end)
        {
            throw PromptErrors.BadBody(new SourceLocation(file, role), "a message is empty");
        }

        var segments = new List<PromptSegment>();
        var literal = new StringBuilder();
        for (int i = first; i < end; i++)
        {
            string line = i == end - 1 ? lines[i].TrimEnd() : lines[i];
            int from = i == first ? line.Length - line.TrimStart().Length : 0;
            AddLine(segments, literal, line, from, i + 1);
            literal.Append(i < end - 1 ? "\n" : "");
        }

        if (literal.Length > 0)
        {
            segments.Add(new PromptSegment(literal.ToString()));
        }

        return segments;
    }

    private void AddLine(List<PromptSegment> segments, StringBuilder literal, string line, int from, int number)
    {
        foreach (string foreign in (ReadOnlySpan<string>)["{%", "{#"])
        {
            if (line.IndexOf(foreign, from, StringComparison.Ordinal) is >= 0 and int found)
            {
                throw PromptErrors.BadPlaceholder(new SourceLocation(file, number, found + 1), $"'{foreign}' begins a template statement");
            }
        }

        while (line.IndexOf("{{", from, StringComparison.Ordinal) is >= 0 and int open)
        {
            var at = new SourceLocation(file, number, open + 1);
            int close = line.IndexOf("}}", open + 2, StringComparison.Ordinal);
            if (close < 0)
            {
                throw PromptErrors.BadPlaceholder(at, "'{{' is not closed by '}}' on its line");
            }

            string name = line[(open + 2)..close].Trim();
            if (name.Length == 0 || !name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.'))
            {
                throw PromptErrors.BadPlaceholder(at, $"'{ForeignText.Clean(line[open..(close + 2)])}' is not a name in braces");
            }

            literal.Append(line, from, open - from);
            if (literal.Length > 0)
            {
                segments.Add(new PromptSegment(literal.ToString()));
                literal.Clear();
            }

            segments.Add(new PromptSegment("", name, at));
            from = close + 2;
        }

        literal.Append(line, from, line.Length - from);
    }
}
