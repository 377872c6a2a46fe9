using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Cli.Models;

/// <summary>What the lines of an input are for.</summary>
internal enum LineShape
{
    /// <summary><c>{"text":"…"}</c>.</summary>
    Text,

    /// <summary>A whole conversation.</summary>
    Conversation,

    /// <summary>A conversation that waits for an answer.</summary>
    Prompt,

    /// <summary>A <see cref="Prompt"/> that may name the adapter that answers.</summary>
    AddressedPrompt,
}

/// <summary>
/// JSON Lines as people have them, made into what the worker reads: rows of a dataset are taken as they are (other properties are left out,
/// <c>prompt</c>/<c>completion</c> become messages), a conversation without <c>id</c> gets its line's number, and for a prompt the answer at the end is left out.
/// </summary>
/// <param name="Lines">What the worker reads.</param>
/// <param name="Numbers">The line of the input that each of them came from.</param>
internal sealed record WorkerInput(IReadOnlyList<string> Lines, IReadOnlyList<int> Numbers, string Name)
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="name">How messages call the input.</param>
    /// <exception cref="DiagnosticException">A line cannot be used.</exception>
    public static WorkerInput Read(Stream stream, string name, LineShape shape)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        var lines = new List<string>();
        var numbers = new List<int>();
        try
        {
            for (int number = 1; reader.ReadLine() is { } line; number++)
            {
                if (!string.IsNullOrWhiteSpace(line))
                {
                    lines.Add(Convert(line, new SourceLocation(name, number), shape).ToJsonString(s_options));
                    numbers.Add(number);
                }
            }
        }
        catch (DecoderFallbackException)
        {
            throw new DiagnosticException(CliErrors.BadLine(new SourceLocation(name, numbers.LastOrDefault() + 1), "it is not UTF-8", Expected(shape)));
        }

        return lines.Count > 0 ? new WorkerInput(lines, numbers, name) : throw new DiagnosticException(CliErrors.EmptyInput(name, Expected(shape)));
    }

    public void Write(string path) => File.WriteAllText(path, string.Concat(Lines.Select(l => l + "\n")));

    /// <summary>The place in the person's input that a place in the worker's file stands for.</summary>
    public SourceLocation Original(SourceLocation at)
        => new(Name, at.Line >= 1 && at.Line <= Numbers.Count ? Numbers[at.Line - 1] : 0);

    private static JsonObject Convert(string line, SourceLocation at, LineShape shape)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(line);
        }
        catch (JsonException failure)
        {
            int column = (int)(failure.BytePositionInLine ?? 0) + 1;
            throw new DiagnosticException(CliErrors.BadLine(at with { Column = column }, "it is not JSON", Expected(shape)), failure);
        }

        if (node is not JsonObject source)
        {
            throw Bad("it is not a JSON object");
        }

        var target = new JsonObject();
        try
        {
            if (shape == LineShape.Text)
            {
                target["text"] = source["text"] is JsonValue text && text.TryGetValue(out string? value) ? value : throw Bad("it has no 'text'");
            }
            else
            {
                target["id"] = Id(source, at);
                if (shape == LineShape.AddressedPrompt && source["adapter"] is { } adapter)
                {
                    target["adapter"] = adapter is JsonValue name && name.TryGetValue(out string? _) ? name.DeepClone() : throw Bad("its 'adapter' is no name");
                }

                target["messages"] = Messages(source, shape) ?? throw Bad("it has neither 'messages' nor 'prompt'");
            }
        }
        catch (ArgumentException failure)
        {
            throw new DiagnosticException(CliErrors.BadLine(at, "a property occurs twice", Expected(shape)), failure);
        }

        return target;

        DiagnosticException Bad(string what) => new(CliErrors.BadLine(at, what, Expected(shape)));
    }

    private static string Id(JsonObject source, SourceLocation at)
        => source["id"] is JsonValue id && id.TryGetValue(out string? text) ? text : at.Line.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static JsonArray? Messages(JsonObject source, LineShape shape)
    {
        JsonArray? all = source["messages"] as JsonArray;
        if (all is null && source["prompt"] is { } prompt)
        {
            all = [.. Side(prompt, "user"), .. source["completion"] is { } completion ? Side(completion, "assistant") : []];
        }

        if (all is null)
        {
            return null;
        }

        IEnumerable<JsonNode?> kept = shape is (LineShape.Prompt or LineShape.AddressedPrompt) && all.Count > 0 && IsAnswer(all[^1]) ? all.Take(all.Count - 1) : all;
        return new JsonArray([.. kept.Select(m => m?.DeepClone())]);
    }

    private static IEnumerable<JsonNode?> Side(JsonNode side, string role) => side is JsonArray messages
        ? messages.Select(m => m?.DeepClone())
        : [new JsonObject { ["role"] = role, ["content"] = side.DeepClone() }];

    private static bool IsAnswer(JsonNode? message)
        => message is JsonObject one && one["role"] is JsonValue role && role.TryGetValue(out string? name) && name == "assistant";

    private static string Expected(LineShape shape) => shape switch
    {
        LineShape.Text => """{"text":"…"}""",
        _ => """{"messages":[{"role":"user","content":"…"},…]}""",
    };
}
