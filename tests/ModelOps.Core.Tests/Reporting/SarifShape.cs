using System.Text.Json;

namespace ModelOps.Core.Tests.Reporting;

/// <summary>
/// What SARIF 2.1.0 (OASIS, sections 3.13 to 3.49) says of the objects that we write, transcribed by hand: every member that may stand there, whether it must, and of what kind; a member that is
/// not listed is a problem. The published JSON Schema may not be carried here; every file of these tests was once held against it as well
/// (oasis-tcs/sarif-spec at e058381, sarif-2.1/schema/sarif-schema-2.1.0.json).
/// </summary>
internal static class SarifShape
{
    // name, ! where it must be there, kind: text, whole (1 or more), uri, =choice|choice, an object, [list], {map}.
    private static readonly Dictionary<string, string[]> s_objects = new(StringComparer.Ordinal)
    {
        ["log"] = ["$schema uri", "version! =2.1.0", "runs! [run]"],
        ["run"] = ["tool! tool", "originalUriBaseIds {artifactLocation}", "columnKind =utf16CodeUnits|unicodeCodePoints", "results [result]"],
        ["tool"] = ["driver! component"],
        ["component"] = ["name! text", "rules [descriptor]"],
        ["descriptor"] = ["id! text", "shortDescription message", "help message"],
        ["message"] = ["text! text"],
        ["result"] = ["ruleId text", "ruleIndex index", "level =none|note|warning|error", "message! message", "locations [location]", "partialFingerprints {text}", "properties {text}"],
        ["location"] = ["physicalLocation physicalLocation"],
        ["physicalLocation"] = ["artifactLocation! artifactLocation", "region region"],
        ["artifactLocation"] = ["uri uri", "uriBaseId text", "description message"],
        ["region"] = ["startLine! whole", "startColumn whole"],
    };

    public static IReadOnlyList<string> Problems(JsonElement log)
        => [.. Of("log", log, "$"), .. log.GetProperty("runs").EnumerateArray().SelectMany(Rules)];

    private static IEnumerable<string> Of(string kind, JsonElement value, string at) => kind switch
    {
        "text" => Require(value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0, at, "a text"),
        "whole" => Require(value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number > 0, at, "1 or more"),
        "index" => Require(value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0, at, "0 or more"),
        "uri" => Require(value.ValueKind == JsonValueKind.String && Uri.IsWellFormedUriString(value.GetString(), UriKind.RelativeOrAbsolute), at, "a URI reference"),
        ['=', .. string choices] => Require(value.ValueKind == JsonValueKind.String && choices.Split('|').Contains(value.GetString()), at, choices),
        ['[', .. string item] => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany((one, i) => Of(item[..^1], one, $"{at}[{i}]")) : [$"{at} is no list"],
        ['{', .. string item] => value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().SelectMany(one => Of(item[..^1], one.Value, $"{at}.{one.Name}")) : [$"{at} is no map"],
        _ => value.ValueKind == JsonValueKind.Object ? Members(s_objects[kind], value, at) : [$"{at} is no object"],
    };

    private static IEnumerable<string> Members(string[] shape, JsonElement value, string at)
    {
        Dictionary<string, string> kinds = shape.Select(member => member.Split(' ', 2)).ToDictionary(m => m[0].TrimEnd('!'), m => m[1], StringComparer.Ordinal);
        IEnumerable<string> missing = shape.Where(member => member.Split(' ')[0] is [.. var name, '!'] && !value.TryGetProperty(name, out _)).Select(member => $"{at} lacks {member}");
        IEnumerable<string> twice = value.EnumerateObject().GroupBy(m => m.Name).Where(g => g.Count() > 1).Select(g => $"{at}.{g.Key} is there twice");
        return [.. missing, .. twice, .. value.EnumerateObject().SelectMany(m => kinds.TryGetValue(m.Name, out string? kind) ? Of(kind, m.Value, $"{at}.{m.Name}") : [$"{at}.{m.Name} is not known"])];
    }

    /// <summary>What the text of the specification demands beside the shape: 3.19.23, 3.27.5 and 3.27.6 (rules), 3.4.3 and 3.4.4 (places), 3.14.17 (columns).</summary>
    private static IEnumerable<string> Rules(JsonElement run)
    {
        string[] rules = [.. run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("id").GetString()!)];
        if (rules.Distinct(StringComparer.Ordinal).Count() < rules.Length)
        {
            yield return "a rule is there twice";
        }

        foreach (JsonElement result in run.GetProperty("results").EnumerateArray())
        {
            if (rules.ElementAtOrDefault(result.GetProperty("ruleIndex").GetInt32()) != result.GetProperty("ruleId").GetString())
            {
                yield return "ruleIndex and ruleId name two rules";
            }

            foreach (JsonElement place in result.TryGetProperty("locations", out JsonElement places) ? places.EnumerateArray() : default)
            {
                JsonElement artifact = place.GetProperty("physicalLocation").GetProperty("artifactLocation");
                if (Uri.TryCreate(artifact.GetProperty("uri").GetString(), UriKind.Absolute, out _) || artifact.GetProperty("uri").GetString()!.StartsWith('/'))
                {
                    yield return "a place that has a base is not relative to it";
                }

                if (!run.GetProperty("originalUriBaseIds").TryGetProperty(artifact.GetProperty("uriBaseId").GetString()!, out _))
                {
                    yield return "the base of a place is not declared";
                }
            }
        }
    }

    private static IEnumerable<string> Require(bool holds, string at, string expected) => holds ? [] : [$"{at} is not {expected}"];
}
