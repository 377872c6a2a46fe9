using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Answering;

namespace ModelOps.Pipeline.Resolving;

/// <summary>Files of prompts: JSON Lines, each <c>{"prompt":"…"}</c> or <c>{"messages":[…]}</c> that ends with the user's message; <c>docs/formats/prompts.md</c>.</summary>
internal static class PromptRows
{
    private static readonly string[] s_roles = ["system", "user", "assistant", "tool"];

    /// <summary>All prompts in the order of files and lines, a repeated one once; null when problems were reported, the first twenty of them.</summary>
    public static IReadOnlyList<PromptLine>? Read(IEnumerable<string> files, IStageLog log)
    {
        var problems = new ProblemList();
        var prompts = new List<PromptLine>();
        var tree = new JsonTree();
        foreach (string file in files)
        {
            int number = 0;
            foreach (ReadOnlyMemory<byte> line in Lines(File.ReadAllBytes(file)))
            {
                number++;
                if (line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0 && Parse(tree, line, offset => At(file, number, line, offset), problems) is { } messages)
                {
                    prompts.Add(new PromptLine(Subject.IdOf(messages), messages));
                }
            }
        }

        problems.Report(log, (more, all) => DataErrors.MoreProblems(
            more, all.Skip(ProblemList.Shown).Select(d => d.Location?.File).Distinct(StringComparer.Ordinal).Count()));
        return problems.Count > 0 ? null : [.. prompts.DistinctBy(p => p.Id)];
    }

    private static PromptMessage[]? Parse(JsonTree tree, ReadOnlyMemory<byte> line, Func<int, SourceLocation> at, ProblemList problems)
    {
        if (!tree.TryParse(line, out JsonProblem problem))
        {
            problems.Add(DataErrors.Json(problem.Kind, at(problem.Offset), problem.Detail));
            return null;
        }

        try
        {
            return Messages(tree.Root);
        }
        catch (FormatException failure)
        {
            problems.Add(ReferenceErrors.InvalidPrompt(at(tree.Root.Offset), failure.Message));
            return null;
        }
    }

    private static PromptMessage[] Messages(JsonItem root)
    {
        if (root.Kind != JsonKind.Object)
        {
            throw new FormatException($"it is a JSON {root.Kind.ToString().ToLowerInvariant()}");
        }

        string[] names = [.. root.Members().Select(m => m.Name)];
        if (names is not (["prompt"] or ["messages"]))
        {
            throw new FormatException($"it has the properties '{string.Join("', '", names)}'");
        }

        JsonItem value = root.Members().First().Value;
        PromptMessage[] messages = names[0] == "prompt" ? [new PromptMessage("user", Text(value, "prompt"))]
            : value.Kind == JsonKind.Array ? [.. value.Items().Select(Message)] : throw new FormatException("'messages' is no list");
        return messages is [.., { Role: "user" }] ? messages
            : throw new FormatException(messages.Length == 0 ? "it has no messages" : $"its last message is the {messages[^1].Role}'s");
    }

    private static PromptMessage Message(JsonItem item)
    {
        if (item.Kind != JsonKind.Object || item.Count != 2 || !item.TryGet("role", out JsonItem role) || !item.TryGet("content", out JsonItem content))
        {
            throw new FormatException("a message has 'role' and 'content' and nothing else");
        }

        string word = Text(role, "role");
        return s_roles.Contains(word, StringComparer.Ordinal) ? new PromptMessage(word, Text(content, "content")) : throw new FormatException($"the role '{word}' is unknown");
    }

    private static string Text(JsonItem item, string name)
        => item.Kind == JsonKind.String && item.GetString() is { } text && text.Trim().Length > 0 ? text : throw new FormatException($"'{name}' is no text");

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlyMemory<byte> rest = bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        while (!rest.IsEmpty)
        {
            int end = rest.Span.IndexOf((byte)'\n');
            yield return end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
        }
    }

    private static SourceLocation At(string file, int line, ReadOnlyMemory<byte> text, int offset)
        => new(file, line, JsonProblem.Position(text.Span, offset).Column);
}
