using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelOps.Backends.Aws;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>
/// Lets those who ask by OpenAI's chat completions ask models of Bedrock: a question becomes one of Converse on its way out, signed, and the answer a completion on its
/// way back. So evaluation and apps keep one way to ask, with its limits, repetitions and errors.
/// </summary>
internal sealed partial class Converse(AwsPlaces places, HttpMessageHandler signed) : DelegatingHandler(signed)
{
    private const int LargestReply = 16 << 20;

    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3103</c>: credentials are missing.</exception>
    public static HttpMessageHandler Handler(TrainerConnection connection)
    {
        AwsCredentials who = AwsCredentials.Of(BedrockDescription.Name, connection.KeyVariable, connection.Environment);
        AwsPlaces places = AwsPlaces.Of(connection.Url, connection.Environment);
        HttpMessageHandler network = connection.Handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        return new Converse(places, new AwsHandler(who, new AwsScope(places.Region, "bedrock"), connection.Clock, network));
    }

    /// <param name="asked">A chat completion's request.</param>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3152</c>: Converse cannot be told a part of the decoding.</exception>
    public static JsonObject Request(JsonObject asked)
    {
        string model = (string)asked["model"]!;
        foreach (string unknown in (string[])["top_k", "repetition_penalty"])
        {
            _ = asked.ContainsKey(unknown) ? throw BedrockErrors.NotTold(model, unknown, "none for all of its models") : 0;
        }

        double temperature = (double?)asked["temperature"] ?? 0;
        var decoding = new JsonObject { ["temperature"] = temperature <= 1 ? temperature : throw BedrockErrors.NotTold(model, $"a temperature of {temperature}", "one from 0 to 1") };
        Move("max_tokens", "maxTokens");
        Move("maxTokens", "maxTokens");
        Move("top_p", "topP");
        Move("stop", "stopSequences");
        JsonObject[] messages = [.. asked["messages"]!.AsArray().Select(m => m!.AsObject())];
        var body = new JsonObject
        {
            ["messages"] = new JsonArray([.. messages.Where(m => (string)m["role"]! != "system").Select(m => new JsonObject { ["role"] = (string)m["role"]!, ["content"] = Text(m) })]),
            ["inferenceConfig"] = decoding,
        };
        if (messages.Where(m => (string)m["role"]! == "system").ToArray() is { Length: > 0 } system)
        {
            body["system"] = new JsonArray([.. system.Select(m => Text(m)[0]!.DeepClone())]);
        }

        if (asked["response_format"]?["json_schema"]?["schema"] is { } schema)
        {
            var said = new JsonObject { ["name"] = "answer", ["schema"] = schema.ToJsonString() };
            body["outputConfig"] = new JsonObject { ["textFormat"] = new JsonObject { ["type"] = "json_schema", ["structure"] = new JsonObject { ["jsonSchema"] = said } } };
        }

        return body;

        void Move(string from, string to)
        {
            if (asked[from] is { } value)
            {
                decoding[to] = value.DeepClone();
            }
        }
    }

    /// <summary>A model that is tuned with a longer context than usual has that in its id; it is asked without.</summary>
    public static string AskedAs(string model) => Context().Replace(model, "$1");

    /// <summary>A chat completion of what Converse said; null where it is no answer.</summary>
    public static JsonObject? Reply(ReadOnlyMemory<byte> said)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(said);
            if (document.RootElement.Member("output")?.Member("message") is not { } message)
            {
                return null;
            }

            string text = string.Concat(message.List("content").Select(part => part.Text("text")));
            var answer = new JsonObject
            {
                ["object"] = "chat.completion",
                ["choices"] = new JsonArray(new JsonObject
                {
                    ["index"] = 0, ["finish_reason"] = document.RootElement.Text("stopReason") is "max_tokens" or "model_context_window_exceeded" ? "length" : "stop",
                    ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
                }),
            };
            if (document.RootElement.Member("usage") is { } usage)
            {
                answer["usage"] = new JsonObject { ["prompt_tokens"] = usage.Whole("inputTokens"), ["completion_tokens"] = usage.Whole("outputTokens"), ["total_tokens"] = usage.Whole("totalTokens") };
            }

            return answer;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // Whoever asked says what is wrong with what came.
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        JsonObject asked = JsonNode.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false))!.AsObject();
        string model = AskedAs((string)asked["model"]!);
        request.Headers.Clear();
        request.RequestUri = new Uri($"{places.Runtime.AbsoluteUri.TrimEnd('/')}/model/{Uri.EscapeDataString(model)}/converse");
        request.Content = Json(Request(asked).ToJsonString(), "application/json");
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            return response;
        }

        await response.Content.LoadIntoBufferAsync(LargestReply, cancellationToken).ConfigureAwait(false);
        if (Reply(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)) is { } answer)
        {
            bool streams = asked["stream"]?.GetValue<bool>() == true;
            response.Content = streams ? Json(Streamed(answer), "text/event-stream") : Json(answer.ToJsonString(), "application/json");
        }

        return response;
    }

    /// <summary>The whole answer as one piece of a stream.</summary>
    private static string Streamed(JsonObject answer)
    {
        JsonObject choice = answer["choices"]![0]!.AsObject();
        choice["delta"] = choice["message"]!.DeepClone();
        choice.Remove("message");
        return $"data: {answer.ToJsonString()}\n\ndata: [DONE]\n\n";
    }

    private static JsonArray Text(JsonObject message) => [new JsonObject { ["text"] = (string?)message["content"] ?? "" }];

    private static ByteArrayContent Json(string text, string type) => new(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    [GeneratedRegex("^(.+:[0-9]+):[0-9]+k$")]
    private static partial Regex Context();
}
