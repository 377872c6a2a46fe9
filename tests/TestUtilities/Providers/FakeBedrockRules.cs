using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ModelOps.TestUtilities.Providers;

/// <summary>What Bedrock's guides say of values, rows and questions, family by family.</summary>
internal static class FakeBedrockRules
{
    public const string S3Address = "^s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?$";

    /// <summary>The text of a member that must match the pattern of the published model.</summary>
    public static string Fits(JsonNode value, string pattern)
        => Regex.IsMatch((string)value!, pattern) ? (string)value! : throw new NotAllowedException(400, $"1 validation error detected: Value '{value}' failed to satisfy regular expression pattern: {pattern}", "ValidationException");

    /// <summary>Hyper-parameters are strings, and each family has its own.</summary>
    public static void CheckValues(string model, JsonObject values)
    {
        Dictionary<string, (double Least, double Most)> known = model switch
        {
            _ when model.StartsWith("amazon.nova", StringComparison.Ordinal) => new() { ["epochCount"] = (1, 5), ["learningRate"] = (1e-6, 1e-4), ["learningRateWarmupSteps"] = (0, 100) },
            _ when model.StartsWith("anthropic.", StringComparison.Ordinal) => new()
            {
                ["epochCount"] = (1, 10), ["batchSize"] = (4, 256), ["learningRateMultiplier"] = (0.1, 2), ["earlyStoppingThreshold"] = (0, 0.1), ["earlyStoppingPatience"] = (1, 10),
            },
            _ when model.StartsWith("meta.llama", StringComparison.Ordinal) => new() { ["epochCount"] = (1, 10), ["batchSize"] = (1, 1), ["learningRate"] = (5e-6, 0.1) },
            _ => new() { ["epochCount"] = (1, 10), ["batchSize"] = (1, 64), ["learningRate"] = (0, 1), ["learningRateWarmupSteps"] = (0, 250) },
        };
        foreach ((string name, JsonNode? value) in values)
        {
            bool isText = value!.GetValueKind() == JsonValueKind.String;
            _ = known.TryGetValue(name, out (double Least, double Most) range) && isText && double.TryParse((string)value!, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && number >= range.Least && number <= range.Most ? 0 : throw new NotAllowedException(400, $"hyperparameter {name} is {value.ToJsonString()}", "ValidationException");
        }
    }

    /// <summary>Why a job with these rows fails; null when it does not.</summary>
    public static string? RowProblem(string model, byte[] rows)
    {
        try
        {
            foreach (string line in Encoding.UTF8.GetString(rows).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Check(model, JsonNode.Parse(line)!.AsObject());
            }

            return rows.Length > 0 ? null : "there are no rows";
        }
        catch (Exception e) when (e is NotAllowedException or JsonException or InvalidOperationException or FormatException)
        {
            return e.Message;
        }
    }

    /// <summary>What Converse is asked; a body that the published model does not allow is refused.</summary>
    public static string Question(JsonObject body)
    {
        Members(body, ["messages", "inferenceConfig"], ["system", "outputConfig"]);
        JsonObject decoding = body["inferenceConfig"]!.AsObject();
        Members(decoding, ["maxTokens", "temperature"], ["topP", "stopSequences"]);
        _ = (int)decoding["maxTokens"]! >= 1 && (double)decoding["temperature"]! is >= 0 and <= 1 ? 0 : throw new NotAllowedException(400, "inferenceConfig", "ValidationException");
        Turns(body["messages"]!.AsArray(), last: "user", Content);
        Content(body["system"] ?? new JsonArray(new JsonObject { ["text"] = "x" }));
        return Content(body["messages"]!.AsArray()[^1]!["content"]!);
    }

    private static void Check(string model, JsonObject row)
    {
        if (model.StartsWith("amazon.nova", StringComparison.Ordinal))
        {
            Members(row, ["schemaVersion", "messages"], ["system"]);
            _ = (string)row["schemaVersion"]! == "bedrock-conversation-2024" ? 0 : throw new NotAllowedException(400, "schemaVersion");
            Content(row["system"] ?? new JsonArray(new JsonObject { ["text"] = "x" }));
            Turns(row["messages"]!.AsArray(), last: "assistant", Content);
        }
        else if (model.StartsWith("anthropic.", StringComparison.Ordinal))
        {
            Members(row, ["messages"], ["system"]);
            _ = (string?)row["system"];
            Turns(row["messages"]!.AsArray(), last: "assistant", content => (string)content!);
        }
        else
        {
            Members(row, ["prompt", "completion"], []);
            _ = ((string)row["prompt"]!).Length + ((string)row["completion"]!).Length;
        }
    }

    private static void Turns(JsonArray messages, string last, Func<JsonNode, string> content)
    {
        for (int at = 0; at < messages.Count; at++)
        {
            JsonObject message = messages[at]!.AsObject();
            Members(message, ["role", "content"], []);
            content(message["content"]!);
            _ = (string)message["role"]! == (at % 2 == 0 ? "user" : "assistant") ? 0 : throw new NotAllowedException(400, "roles must alternate", "ValidationException");
        }

        _ = messages.Count > 0 && (string)messages[^1]!["role"]! == last ? 0 : throw new NotAllowedException(400, $"the last message must be the {last}'s", "ValidationException");
    }

    private static string Content(JsonNode content)
    {
        JsonObject part = content.AsArray().Count == 1 ? content.AsArray()[0]!.AsObject() : throw new NotAllowedException(400, "one text", "ValidationException");
        Members(part, ["text"], []);
        return (string)part["text"]! is { Length: > 0 } text ? text : throw new NotAllowedException(400, "an empty text", "ValidationException");
    }

    private static void Members(JsonObject json, string[] required, string[] optional)
    {
        string? odd = json.Select(m => m.Key).FirstOrDefault(n => !required.Contains(n) && !optional.Contains(n)) ?? required.FirstOrDefault(n => !json.ContainsKey(n));
        _ = odd is null ? 0 : throw new NotAllowedException(400, $"member {odd}", "ValidationException");
    }
}
