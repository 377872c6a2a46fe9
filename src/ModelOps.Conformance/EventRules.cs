using System.Text.Json;

namespace ModelOps.Conformance;

/// <summary>What a line of standard output may be.</summary>
internal static class EventRules
{
    private static readonly Dictionary<string, (string[] Required, string[] Optional)> s_events = new(StringComparer.Ordinal)
    {
        ["progress"] = (["step", "steps"], ["epoch", "loss", "rewardAccuracy", "tokensPerSecond", "rowsPerSecond", "etaSeconds"]),
        ["metric"] = (["name", "value"], ["epoch", "step"]),
        ["log"] = (["level", "message"], []),
        ["result"] = ([], ["steps", "tokens", "rows", "seconds", "finalLoss", "architecture", "parameters", "trainableParameters", "cutRows", "longestRow", "model"]),
        ["error"] = (["code", "message"], ["file", "line", "column"]),
    };

    public static JsonElement Parse(string line)
    {
        JsonElement happened;
        try
        {
            happened = JsonElement.Parse(line);
        }
        catch (JsonException e)
        {
            throw new NonconformityException($"a line of standard output is no JSON ({e.Message}): {line}");
        }

        Expect.That(happened.ValueKind == JsonValueKind.Object && happened.TryGetProperty("event", out JsonElement kind) && kind.ValueKind == JsonValueKind.String && s_events.ContainsKey(kind.GetString()!),
            $"a line of standard output is none of the protocol's events: {line}");
        var (required, optional) = s_events[happened.GetProperty("event").GetString()!];
        string[] names = [.. happened.EnumerateObject().Select(p => p.Name).Where(n => n != "event")];
        Expect.That(required.All(names.Contains), $"an event lacks one of {string.Join(", ", required)}: {line}");
        Expect.That(names.All(n => required.Contains(n) || optional.Contains(n)), $"an event has a property that the protocol does not know: {line}");
        CheckValues(happened, line);
        return happened;
    }

    private static void CheckValues(JsonElement happened, string line)
    {
        switch (happened.GetProperty("event").GetString())
        {
            case "progress":
                long step = happened.GetProperty("step").GetInt64(), steps = happened.GetProperty("steps").GetInt64();
                Expect.That(step >= 0 && step <= steps, $"progress beyond its end: {line}");
                break;
            case "metric":
                Expect.That(double.IsFinite(happened.GetProperty("value").GetDouble()), $"a metric that is no number: {line}");
                break;
            case "log":
                Expect.That(happened.GetProperty("level").GetString() is "debug" or "info" or "warning", $"a level that the protocol does not know: {line}");
                break;
        }
    }
}
