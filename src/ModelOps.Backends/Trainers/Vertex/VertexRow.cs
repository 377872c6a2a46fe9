using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Endpoints;

namespace ModelOps.Backends.Trainers.Vertex;

/// <summary>A row as Gemini's tuning reads it: <c>systemInstruction</c> and <c>contents</c>; a pair has two <c>completions</c> with the scores 1 and 0.</summary>
internal static class VertexRow
{
    public static void Write(Utf8JsonWriter json, JsonElement row) => Of(row).WriteTo(json);

    private static JsonObject Of(JsonElement row)
    {
        if (row.Member("chosen") is null)
        {
            return GeminiContents.Of(row.List("messages").Select(Message));
        }

        JsonObject asked = GeminiContents.Of(row.List("prompt").Select(Message)), pair = [];
        if (asked["systemInstruction"] is { } system)
        {
            pair["system_instruction"] = new JsonObject { ["parts"] = system["parts"]!.DeepClone() }; // spelt so in preference rows alone
        }

        pair["contents"] = asked["contents"]!.DeepClone();
        pair["completions"] = new JsonArray(Completion(1, "chosen"), Completion(0, "rejected"));
        return pair;

        JsonObject Completion(int score, string name)
        {
            (string role, string content) = Message(row.List(name).First());
            return new JsonObject { ["score"] = score, ["completion"] = GeminiContents.Turn(role, content) };
        }
    }

    private static (string Role, string Content) Message(JsonElement message) => (message.Text("role") ?? "", message.Text("content") ?? "");
}
