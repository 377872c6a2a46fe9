using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Making;

/// <summary>
/// Reads a line of a log: a request with its response as OpenAI's APIs have them (chat completions, completions, responses, batches) and others near enough, a plain question with its answer,
/// several answers to a question, or feedback on an earlier line. <c>docs/making-data.md</c> has the shapes. One instance per thread.
/// </summary>
internal sealed class ExchangeParser
{
    private const int MostSystems = 1000;

    private readonly JsonTree _tree = new();
    private ReadOnlyMemory<byte> _line;
    private string _file = "";
    private int _number;
    private string? _unusable;
    private List<PlacedText> _texts = [];

    // An application says the same to its model in every line.
    private readonly HashSet<string> _systems = new(StringComparer.Ordinal);

    /// <summary>Null when it is none; why was added to the problems.</summary>
    public LogLine? Parse(ReadOnlyMemory<byte> line, string file, int number, ProblemList problems)
    {
        (_line, _file, _number, _unusable, _texts) = (line, file, number, null, []);
        if (!_tree.TryParse(line, out JsonProblem problem))
        {
            problems.Add(DataErrors.Json(problem.Kind, At(problem.Offset), problem.Detail));
            return null;
        }

        try
        {
            return Read(_tree.Root);
        }
        catch (DiagnosticException failure)
        {
            problems.Add(failure.Diagnostic);
            return null;
        }
    }

    private LogLine Read(JsonItem root)
    {
        if (root.Kind != JsonKind.Object)
        {
            throw Bad(root, $"it is a JSON {root.Kind.ToString().ToLowerInvariant()}");
        }

        JsonItem? response = Object(root, "response");
        string[] ids = [.. ((string?[])[Word(root, "completion_id"), Word(root, "response_id"), Word(root, "request_id"), Word(root, "custom_id"), Word(response, "id"), Word(root, "id")]).OfType<string>().Distinct(StringComparer.Ordinal)];
        GivenFeedback given = FeedbackParser.Read(root, At);
        JsonItem request = Object(root, "request") ?? root;
        List<PromptMessage>? prompt = Prompt(request);
        if (prompt is null)
        {
            return ids.Length > 0 && given is not { Feedback: Feedback.None, Correction: null } ? new LogLine(At(root.Offset), ids, null, null, given)
                : throw Bad(root, "it has neither a question ('request' with 'messages', 'messages', 'prompt', 'input') nor feedback on one ('id' and 'feedback')");
        }

        if (Member(root, "answers") is { } answers)
        {
            return new LogLine(At(root.Offset), ids, null, Rivals(root, prompt, answers), given);
        }

        string answer = Answer(root, response, prompt);
        if (prompt is not [.., { Role: "user" or "tool" }])
        {
            _unusable ??= "no question";
        }

        var exchange = new Exchange(At(root.Offset), [.. prompt], answer) { Unusable = _unusable ?? (string.IsNullOrWhiteSpace(answer) ? "no answer" : null), Texts = [.. _texts] };
        return new LogLine(At(root.Offset), ids, exchange.With(given), null, given);
    }

    private List<PromptMessage>? Prompt(JsonItem request)
    {
        var prompt = new List<PromptMessage>();
        if ((Member(request, "system") ?? Member(request, "instructions")) is { Kind: not JsonKind.Null } system)
        {
            prompt.Add(new PromptMessage("system", Once(Text(system))));
        }

        if ((Member(request, "messages") ?? Member(request, "input") ?? Member(request, "prompt") ?? Member(request, "question")) is not { } asked)
        {
            return null;
        }

        if (asked.Kind != JsonKind.Array)
        {
            prompt.Add(new PromptMessage("user", Text(asked)));
            return prompt;
        }

        foreach (JsonItem message in asked.Items())
        {
            prompt.Add(Message(message));
        }

        return prompt.Count > 0 ? prompt : throw Bad(asked, "it has no messages");
    }

    private PromptMessage Message(JsonItem message)
    {
        if (message.Kind != JsonKind.Object)
        {
            throw Bad(message, "a message is no object");
        }

        string role = Word(message, "role") switch
        {
            "developer" => "system",
            ("system" or "user" or "assistant") and var known => known,
            "tool" or "function" => Unusable("tool calls", "tool"),
            null => Unusable("tool calls", "tool"), // items of OpenAI's responses that are no messages: calls and their results
            var other => throw Bad(message, $"a message has the role '{other}'"),
        };
        string text = CallsTool(message) ? Unusable("tool calls", "") : Member(message, "content") is { } content ? Text(content) : "";
        return new PromptMessage(role, role == "system" ? Once(text) : text);
    }

    /// <summary>What the model said; empty where it said nothing that could be learned.</summary>
    private string Answer(JsonItem root, JsonItem? response, List<PromptMessage> prompt)
    {
        if ((response ?? (Member(root, "choices") is null ? null : root)) is { } reply)
        {
            return Reply(reply);
        }

        foreach (string name in (ReadOnlySpan<string>)["response", "answer", "completion", "output"])
        {
            if (Member(root, name) is { } text)
            {
                return text.Kind == JsonKind.Null ? Unusable("no answer", "") : Text(text);
            }
        }

        if (prompt is [.., { Role: "assistant" } last])
        {
            prompt.RemoveAt(prompt.Count - 1);
            return last.Content;
        }

        return Unusable("no answer", "");
    }

    private string Reply(JsonItem reply)
    {
        if (Member(reply, "error") is { Kind: not JsonKind.Null } || (Member(reply, "status_code") is { } status && status.TryGetInt64(out long code) && code >= 400))
        {
            return Unusable("no answer", "");
        }

        Finish(Word(reply, "stop_reason") ?? Word(reply, "status"));
        if (Member(reply, "choices") is { Kind: JsonKind.Array } choices)
        {
            return choices.Count == 0 ? Unusable("no answer", "") : Choice(choices.Items().First());
        }

        if (Member(reply, "output") is { Kind: JsonKind.Array } output)
        {
            if (output.Items().Any(item => Word(item, "type") is "function_call"))
            {
                return Unusable("tool calls", "");
            }

            return string.Concat(output.Items().Where(item => Word(item, "type") is "message" or null).Select(item => Member(item, "content") is { } said ? Text(said) : ""));
        }

        JsonItem? content = Member(reply, "output_text") ?? Member(reply, "content") ?? Member(reply, "text") ?? Member(reply, "answer");
        return content is { Kind: not JsonKind.Null } text ? Text(text) : throw Bad(reply, "its response has no 'choices', 'output', 'content' or 'text'");
    }

    private string Choice(JsonItem choice)
    {
        Finish(Word(choice, "finish_reason"));
        if (Member(choice, "message") is not { Kind: JsonKind.Object } message)
        {
            return Member(choice, "text") is { } plain ? Text(plain) : throw Bad(choice, "its choice has neither 'message' nor 'text'");
        }

        return CallsTool(message) ? Unusable("tool calls", "")
            : Member(message, "content") is { Kind: not JsonKind.Null } content ? Text(content)
            : Unusable(Word(message, "refusal") is null ? "no answer" : "refused", "");
    }

    private void Finish(string? reason) => _unusable ??= reason switch
    {
        "length" or "max_tokens" or "incomplete" => "cut",
        "content_filter" => "filtered",
        "failed" or "cancelled" => "no answer",
        _ => null,
    };

    private RivalAnswers Rivals(JsonItem root, List<PromptMessage> prompt, JsonItem answers)
    {
        if (answers.Kind != JsonKind.Array || answers.Count < 2 || _unusable is not null || prompt is not [.., { Role: "user" or "tool" }])
        {
            throw Bad(answers, _unusable is { } why ? $"its question has {why}" : answers.Kind == JsonKind.Array && answers.Count >= 2 ? "its last message is not the user's" : "'answers' is no list of two or more");
        }

        var rivals = new List<(string, double?)>();
        foreach (JsonItem answer in answers.Items())
        {
            JsonItem text = answer.Kind == JsonKind.Object ? Member(answer, "text") ?? throw Bad(answer, "an answer has no 'text'") : answer;
            JsonItem? score = Member(answer, "score");
            if (score is { Kind: not JsonKind.Number })
            {
                throw Bad(answer, "a 'score' is no number");
            }

            string said = Text(text);
            rivals.Add(string.IsNullOrWhiteSpace(said) || _unusable is not null ? throw Bad(text, "an answer has no text") : (said, score?.GetDouble()));
        }

        bool scored = rivals.TrueForAll(r => r.Item2 is not null);
        return scored || rivals.TrueForAll(r => r.Item2 is null) ? scored || rivals.Count == 2 ? new RivalAnswers(At(root.Offset), prompt, rivals) { Texts = _texts }
            : throw Bad(answers, "of more than two answers each needs a 'score'")
            : throw Bad(answers, "one answer has a 'score' and another has none");
    }

    /// <summary>A text, or the texts of parts; a part that is none (an image, audio) makes the exchange unusable.</summary>
    private string Text(JsonItem item)
    {
        if (item.Kind == JsonKind.String)
        {
            string text = item.GetString();
            _texts.Add(new PlacedText(At(item.Offset), text));
            return text;
        }

        return item.Kind == JsonKind.Array
            ? string.Concat(item.Items().Select(part => part.Kind == JsonKind.String ? Text(part) : Member(part, "text") is { Kind: JsonKind.String } text ? Text(text) : Unusable("not text", "")))
            : item.Kind == JsonKind.Null ? "" : throw Bad(item, $"a text is a JSON {item.Kind.ToString().ToLowerInvariant()}");
    }

    /// <summary>One copy of a text that comes again and again.</summary>
    private string Once(string text)
    {
        if (_texts is not [.., var last] || !ReferenceEquals(last.Text, text))
        {
            return text;
        }

        if (_systems.TryGetValue(text, out string? known))
        {
            _texts[^1] = last with { Text = known };
            return known;
        }

        if (_systems.Count < MostSystems)
        {
            _systems.Add(text);
        }

        return text;
    }

    private string Unusable(string why, string value)
    {
        _unusable ??= why;
        return value;
    }

    private static bool CallsTool(JsonItem message) => Member(message, "tool_calls") is { Kind: JsonKind.Array, Count: > 0 } || Member(message, "function_call") is { Kind: JsonKind.Object };

    /// <summary>The object of that name, or the <c>body</c> that a batch has in it.</summary>
    private static JsonItem? Object(JsonItem item, string name)
        => Member(item, name) is { Kind: JsonKind.Object } found ? Member(found, "body") is { Kind: JsonKind.Object } body ? body : found : null;

    private static JsonItem? Of(JsonItem? item, string name) => item is { } there ? Member(there, name) : null;

    private static JsonItem? Member(JsonItem item, string name) => item.TryGet(name, out JsonItem value) ? value : null;

    private static string? Word(JsonItem? item, string name) => Of(item, name) is { Kind: JsonKind.String } text ? text.GetString() : null;

    private DiagnosticException Bad(JsonItem item, string detail) => new(MakingErrors.NoExchange(At(item.Offset), detail));

    private SourceLocation At(int offset) => new(_file, _number, JsonProblem.Position(_line.Span, offset).Column);
}
