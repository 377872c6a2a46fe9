using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Tokenization;
using ModelOps.Runtime;

namespace ModelOps.Serve;

/// <summary>What is said about one answer, as OpenAI's API has it: whole, or event by event.</summary>
internal sealed class ChatJson(ServedModel model, ChatRequest request)
{
    // Text goes out as it is: nobody puts it into a page unread.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly string _id = $"chatcmpl-{Guid.NewGuid():N}";
    private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            write(json);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public byte[] Completion(ModelAnswer answer) => Bytes(json =>
    {
        Begin(json, "chat.completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", answer.Text);
        json.WriteNull("refusal");
        json.WriteEndObject();
        WriteTokens(json, Tokens(answer.Row));
        json.WriteString("finish_reason", FinishReason(answer));
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, answer);
        json.WriteEndObject();
    });

    /// <summary>The first event: who speaks.</summary>
    public byte[] Role() => Chunk(json =>
    {
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
    });

    /// <summary>More of the text; null where there is nothing to say yet.</summary>
    public byte[]? Piece(GenerationStep step)
    {
        bool reports = request.LogProbabilities && step.Token is not null;
        return step.Text.Length == 0 && !reports ? null : Chunk(json => json.WriteString("content", step.Text), reports ? [step] : null);
    }

    public byte[] End(ModelAnswer answer) => Chunk(_ => { }, finish: FinishReason(answer));

    public byte[] Usage(ModelAnswer answer) => Bytes(json =>
    {
        Begin(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, answer);
        json.WriteEndObject();
    });

    private static string FinishReason(ModelAnswer answer) => answer.IsComplete ? "stop" : "length";

    private byte[] Chunk(Action<Utf8JsonWriter> delta, IEnumerable<GenerationStep>? tokens = null, string? finish = null) => Bytes(json =>
    {
        Begin(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        delta(json);
        json.WriteEndObject();
        WriteTokens(json, tokens);
        json.WriteString("finish_reason", finish);
        json.WriteEndObject();
        json.WriteEndArray();
        if (request.IncludeUsage)
        {
            json.WriteNull("usage");
        }

        json.WriteEndObject();
    });

    private void Begin(Utf8JsonWriter json, string kind)
    {
        json.WriteStartObject();
        json.WriteString("id", _id);
        json.WriteString("object", kind);
        json.WriteNumber("created", _created);
        json.WriteString("model", model.Name);
        json.WriteString("system_fingerprint", model.Fingerprint);
    }

    private static void WriteUsage(Utf8JsonWriter json, ModelAnswer answer)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", answer.PromptTokens);
        json.WriteNumber("completion_tokens", answer.Row.Tokens.Count);
        json.WriteNumber("total_tokens", answer.PromptTokens + answer.Row.Tokens.Count);
        json.WriteEndObject();
    }

    private IEnumerable<GenerationStep>? Tokens(GeneratedRow row) => !request.LogProbabilities ? null
        : row.Tokens.Select((token, i) => new GenerationStep("", new TokenLogProbability(token, row.LogProbabilities[i]), row.TopLogProbabilities.Count > 0 ? row.TopLogProbabilities[i] : []));

    private void WriteTokens(Utf8JsonWriter json, IEnumerable<GenerationStep>? tokens)
    {
        if (tokens is null)
        {
            json.WriteNull("logprobs");
            return;
        }

        json.WriteStartObject("logprobs");
        json.WriteStartArray("content");
        foreach (GenerationStep step in tokens.Where(step => step.Token is not null))
        {
            json.WriteStartObject();
            WriteToken(json, step.Token!.Value);
            json.WriteStartArray("top_logprobs");
            foreach (TokenLogProbability alternative in step.Alternatives)
            {
                json.WriteStartObject();
                WriteToken(json, alternative);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    private void WriteToken(Utf8JsonWriter json, TokenLogProbability token)
    {
        Tokenizer tokenizer = model.Model.Tokenizer;
        byte[]? bytes = tokenizer.BytesOf(token.Token);
        json.WriteString("token", bytes is null ? tokenizer.TokenOf(token.Token) ?? "" : System.Text.Encoding.UTF8.GetString(bytes));
        json.WriteNumber("logprob", token.LogProbability);
        if (bytes is null)
        {
            json.WriteNull("bytes");
            return;
        }

        json.WriteStartArray("bytes");
        foreach (byte value in bytes)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
