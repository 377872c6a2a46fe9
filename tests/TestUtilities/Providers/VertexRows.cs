using System.Text.Json.Nodes;

namespace ModelOps.TestUtilities.Providers;

/// <summary>What Gemini's tuning and <c>generateContent</c> take as a conversation.</summary>
internal static class VertexRows
{
    /// <summary>Why a row makes a job fail; null when it does not.</summary>
    public static string? Problem((JsonObject Row, bool IsPair) row)
    {
        try
        {
            Check(row.Row, row.IsPair);
            return null;
        }
        catch (NotAllowedException e)
        {
            return e.Message;
        }
    }

    public static void CheckContents(JsonObject body)
    {
        if (body["systemInstruction"] is JsonObject system)
        {
            Content(system, "system");
        }

        foreach (JsonNode? content in body["contents"]!.AsArray())
        {
            Content(content!.AsObject(), "user", "model");
        }
    }

    private static void Check(JsonObject row, bool isPair)
    {
        string system = isPair ? "system_instruction" : "systemInstruction";
        Named(row, isPair ? ["contents", "completions"] : ["contents"], [system]);
        if (row[system] is JsonObject instruction)
        {
            Content(instruction, "system");
        }

        JsonArray contents = row["contents"]!.AsArray();
        foreach (JsonNode? content in contents)
        {
            Content(content!.AsObject(), "user", "model");
        }

        Fail((string?)contents[^1]!["role"] != (isPair ? "user" : "model"), "the last content has the wrong role");
        if (isPair)
        {
            JsonObject[] pair = [.. row["completions"]!.AsArray().Select(c => c!.AsObject())];
            Fail(pair.Length != 2 || pair.Sum(c => (int)c["score"]!) != 1, "expected one completion of score 1 and one of score 0");
            foreach (JsonObject completion in pair)
            {
                Named(completion, ["score", "completion"], []);
                Content(completion["completion"]!.AsObject(), "model");
            }
        }
    }

    private static void Content(JsonObject content, params string[] roles)
    {
        Named(content, ["parts"], ["role"]);
        Fail(content["role"] is { } role && !roles.Contains((string?)role), $"the role '{content["role"]}' is not allowed");
        foreach (JsonNode? part in content["parts"]!.AsArray())
        {
            Named(part!.AsObject(), ["text"], []);
        }
    }

    private static void Named(JsonObject json, string[] required, string[] optional)
    {
        Fail(json.Any(m => !required.Contains(m.Key) && !optional.Contains(m.Key)), $"unknown name in {json.ToJsonString()}");
        Fail(required.Any(name => !json.ContainsKey(name)), $"a name is missing in {json.ToJsonString()}");
    }

    private static void Fail(bool wrong, string message) => _ = wrong ? throw new NotAllowedException(400, message) : 0;
}
