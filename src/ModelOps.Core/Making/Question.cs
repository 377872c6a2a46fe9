using System.Buffers;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Making;

/// <summary>A question that waits for an answer, or has one.</summary>
/// <param name="Prompt">Ends with the user's message.</param>
public sealed record Question(SourceLocation At, IReadOnlyList<PromptMessage> Prompt)
{
    public string? Answer { get; init; }

    /// <summary>The words of a document that the answer rests on.</summary>
    public string? Citation { get; init; }

    /// <summary>Name of the document's file that answers it; null where any may.</summary>
    public string? Document { get; init; }

    public string? Slice { get; init; }

    /// <inheritdoc cref="Exchange.Texts"/>
    public IReadOnlyList<PlacedText> Texts { get; init; } = [];

    /// <summary>The last message.</summary>
    public string Text => Prompt[^1].Content;
}

/// <summary>Files of questions, JSON Lines; <c>docs/making-data.md</c>.</summary>
public static class QuestionFile
{
    private static readonly string[] s_roles = ["system", "user", "assistant"];
    private static readonly string[] s_names = ["question", "prompt", "messages", "answer", "citation", "document", "slice", "id"];

    /// <summary>All questions in the order of files and lines. Null when a line is none: the first problems were reported.</summary>
    public static IReadOnlyList<Question>? Read(IReadOnlyList<string> files, IStageLog log)
    {
        var problems = new ProblemList();
        var questions = new List<Question>();
        for (int i = 0; i < files.Count; i++)
        {
            using var reader = LineBlockReader.TryOpen(files[i], i, out Diagnostic? problem);
            while (reader?.Next(out problem) is { } block)
            {
                int number = block.FirstLine;
                foreach (Range line in block.Text.Span.Split((byte)'\n'))
                {
                    Parse(block.Text[line], new SourceLocation(files[i], number++), questions, problems);
                }

                ArrayPool<byte>.Shared.Return(block.Buffer!);
            }

            if (problem is not null)
            {
                problems.Add(problem);
            }
        }

        problems.Report(log, (more, _) => MakingErrors.MoreProblems(more));
        return problems.Count > 0 ? null : questions;
    }

    private static void Parse(ReadOnlyMemory<byte> line, SourceLocation at, List<Question> questions, ProblemList problems)
    {
        if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
        {
            return;
        }

        var tree = new JsonTree();
        if (!tree.TryParse(line, out JsonProblem problem))
        {
            problems.Add(DataErrors.Json(problem.Kind, at with { Column = JsonProblem.Position(line.Span, problem.Offset).Column }, problem.Detail));
            return;
        }

        try
        {
            questions.Add(Read(tree.Root, at));
        }
        catch (FormatException failure)
        {
            problems.Add(MakingErrors.NoQuestion(at, failure.Message));
        }
    }

    private static Question Read(JsonItem root, SourceLocation at)
    {
        if (root.Kind != JsonKind.Object)
        {
            throw new FormatException($"it is a JSON {root.Kind.ToString().ToLowerInvariant()}");
        }

        if (root.Members().Select(m => m.Name).FirstOrDefault(name => !s_names.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            throw new FormatException($"it has a property '{unknown}'");
        }

        JsonItem[] asked = [.. root.Members().Where(m => m.Name is "question" or "prompt" or "messages").Select(m => m.Value)];
        PromptMessage[] prompt = asked is not [var one] ? throw new FormatException(asked.Length == 0 ? "it asks nothing" : "it asks in two ways")
            : one.Kind == JsonKind.Array ? [.. one.Items().Select(Message)] : [new PromptMessage("user", Text(one, "the question"))];
        if (prompt is not [.., { Role: "user" }])
        {
            throw new FormatException("its last message is not the user's");
        }

        return new Question(at, prompt)
        {
            Answer = Optional(root, "answer"),
            Citation = Optional(root, "citation"),
            Document = Optional(root, "document"),
            Slice = Optional(root, "slice"),
            Texts = [.. prompt.Select(m => new PlacedText(at, m.Content))],
        };
    }

    private static PromptMessage Message(JsonItem item)
    {
        if (item.Kind != JsonKind.Object || item.Count != 2 || !item.TryGet("role", out JsonItem role) || !item.TryGet("content", out JsonItem content))
        {
            throw new FormatException("a message has 'role' and 'content' and nothing else");
        }

        string word = Text(role, "role");
        return s_roles.Contains(word, StringComparer.Ordinal) ? new PromptMessage(word, Text(content, "content")) : throw new FormatException($"a message has the role '{word}'");
    }

    private static string? Optional(JsonItem root, string name) => root.TryGet(name, out JsonItem value) && value.Kind != JsonKind.Null ? Text(value, $"'{name}'") : null;

    private static string Text(JsonItem item, string name)
        => item.Kind == JsonKind.String && item.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw new FormatException($"{name} is no text");
}
