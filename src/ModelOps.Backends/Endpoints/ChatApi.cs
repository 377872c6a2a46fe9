using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Credentials;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Endpoints;

/// <summary>How the models of one kind of server are asked: address, permission, request, answer.</summary>
public abstract class ChatApi
{
    private protected ChatApi()
    {
    }

    /// <summary>Chat completions, as most servers have them.</summary>
    public static ChatApi OpenAi { get; } = new OpenAiChat();

    /// <summary>Google's <c>generateContent</c>, as Vertex AI has it.</summary>
    public static ChatApi Gemini { get; } = new GeminiChat();

    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="streamed">The answer is to come in pieces.</param>
    internal abstract Uri Address(EndpointOptions endpoint, Func<string, string?> environment, bool streamed);

    /// <param name="value">Of the endpoint's variable.</param>
    /// <exception cref="Core.Diagnostics.DiagnosticException">It is of no use.</exception>
    internal abstract ICredential Credential(EndpointOptions endpoint, string value, EndpointClock clock);

    /// <exception cref="Core.Diagnostics.DiagnosticException">The question cannot be asked there.</exception>
    internal abstract JsonObject Request(EndpointOptions endpoint, Question question, DecodingOptions decoding, bool streamed);

    /// <summary>Makes a request ask for JSON of any shape.</summary>
    internal abstract void AskForJson(JsonObject request);

    /// <exception cref="JsonException">No reply, or half of one.</exception>
    internal abstract ChatReply Reply(ReadOnlyMemory<byte> body);

    /// <summary>A piece of a streamed answer: the data of one server-sent event.</summary>
    /// <exception cref="JsonException">It is none, or an error.</exception>
    internal abstract ChatPiece Piece(ReadOnlyMemory<byte> data);

    /// <summary>The event after which nothing comes; null where an answer that has said why it ends is at its end with the stream.</summary>
    internal virtual string? LastEvent => null;

    /// <summary>What is said of a lone surrogate, and only when it is asked for the text, is a broken answer like any other.</summary>
    private protected static T Read<T>(ReadOnlyMemory<byte> json, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("it has text that is not Unicode", e);
        }
    }
}
