using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Credentials;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Endpoints;

/// <summary>Chat completions.</summary>
internal sealed class OpenAiChat : ChatApi
{
    internal override string LastEvent => "[DONE]";

    internal override Uri Address(EndpointOptions endpoint, Func<string, string?> environment, bool streamed) => endpoint.Completions;

    internal override ICredential Credential(EndpointOptions endpoint, string value, EndpointClock clock) => new KeyCredential(value, endpoint.KeyHeader);

    internal override JsonObject Request(EndpointOptions endpoint, Question question, DecodingOptions decoding, bool streamed)
    {
        JsonObject body = ChatWire.Request(endpoint, question, decoding);
        if (streamed)
        {
            body["stream"] = true;
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        return body;
    }

    internal override void AskForJson(JsonObject request) => request["response_format"] = new JsonObject { ["type"] = "json_object" };

    internal override ChatReply Reply(ReadOnlyMemory<byte> body) => ChatWire.Reply(body);

    internal override ChatPiece Piece(ReadOnlyMemory<byte> data) => Read(data, static root =>
    {
        if (ChatWire.Member(root, "error") is { ValueKind: not JsonValueKind.Null } error)
        {
            throw new JsonException(ChatWire.Text(error, "message") ?? "the server reports an error");
        }

        JsonElement? choice = ChatWire.Member(root, "choices") is { ValueKind: JsonValueKind.Array } choices && choices.GetArrayLength() > 0 ? choices[0] : null;
        JsonElement? delta = choice is { } first ? ChatWire.Member(first, "delta") : null, usage = ChatWire.Member(root, "usage");
        return new ChatPiece(
            delta is { } d ? ChatWire.Text(d, "content") ?? ChatWire.Text(d, "refusal") : null, choice is { } c ? ChatWire.Text(c, "finish_reason") : null,
            ChatWire.Number(usage, "prompt_tokens"), ChatWire.Number(usage, "completion_tokens"));
    });
}
