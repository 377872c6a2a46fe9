using System.Text.Json;

namespace ModelOps.Serve.Tests;

/// <summary>Every kind of response against OpenAI's published description of its API, where that is at hand.</summary>
public sealed class ResponseSchemaTests
{
    private static readonly string s_description = Path.Combine(SourceTree.Root, "..", "shared", "cases", "openapi", "openai-finetuning-files-chat.json");

    [FactWithDescription]
    public async Task Responses_are_what_the_description_says()
    {
        var api = new OpenApiCheck(JsonElement.Parse(File.ReadAllBytes(s_description)));
        await using TestServer server = await TestServer.StartAsync();
        foreach (string more in new[] { "", ",\"logprobs\":true,\"top_logprobs\":3", ",\"response_format\":{\"type\":\"json_object\"}" })
        {
            string body = $$"""{"model":"Contoso.One","messages":[{"role":"user","content":"hi"}]{{more}}""";
            (int status, JsonElement json) = await server.PostRawAsync(body + "}");
            Assert.Equal(200, status);
            api.Check("CreateChatCompletionResponse", json);
            List<string> events = await server.StreamAsync(JsonElement.Parse(body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}"));
            Assert.All(events[..^1], e => api.Check("CreateChatCompletionStreamResponse", JsonElement.Parse(e)));
        }

        api.Check("ErrorResponse", (await server.PostRawAsync("{}")).Json);
        api.Check("ListModelsResponse", JsonElement.Parse(await server.Client.GetStringAsync("v1/models")));
        api.Check("Model", JsonElement.Parse(await server.Client.GetStringAsync("v1/models/Contoso.One")));
        Assert.Throws<InvalidOperationException>(() => api.Check("Model", JsonElement.Parse("""{"id":1,"object":"model","created":1,"owned_by":"x"}""")));
    }

    private sealed class FactWithDescriptionAttribute : FactAttribute
    {
        public FactWithDescriptionAttribute() => Skip = File.Exists(s_description) ? null : "needs shared/cases/openapi";
    }
}
