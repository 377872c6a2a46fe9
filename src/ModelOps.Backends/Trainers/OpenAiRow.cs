using System.Text.Json;

namespace ModelOps.Backends.Trainers;

/// <summary>A row as OpenAI has it, and most providers read it: <c>messages</c>, or a pair of <c>input</c> and two outputs.</summary>
internal static class OpenAiRow
{
    public static void Write(Utf8JsonWriter json, JsonElement row)
    {
        json.WriteStartObject();
        if (row.Member("chosen") is null)
        {
            Messages(json, "messages", row.List("messages"));
        }
        else
        {
            json.WriteStartObject("input");
            Messages(json, "messages", row.List("prompt"));
            json.WriteEndObject();
            Messages(json, "preferred_output", row.List("chosen"));
            Messages(json, "non_preferred_output", row.List("rejected"));
        }

        json.WriteEndObject();
    }

    private static void Messages(Utf8JsonWriter json, string name, IEnumerable<JsonElement> messages)
    {
        json.WriteStartArray(name);
        foreach (JsonElement message in messages)
        {
            json.WriteStartObject();
            json.WriteString("role", message.Text("role"));
            json.WriteString("content", message.Text("content") ?? "");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
