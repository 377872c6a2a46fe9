using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Tools;

/// <summary>Training rows as the tools read them: <c>messages</c>, or a prompt with the better and the worse answer.</summary>
public static class ToolRows
{
    /// <summary>Writes the rows of a row file of a build, in its order.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3188</c>: the tool does not take a row.</exception>
    public static void Write(TrainingTool tool, string source, string target, string project)
    {
        using var lines = new StreamWriter(target) { NewLine = "\n" };
        int number = 0;
        foreach (string line in File.ReadLines(source))
        {
            number++;
            JsonObject row = JsonNode.Parse(line)!.AsObject();
            row.Remove("id");
            if (Problem(tool, row) is { } problem)
            {
                throw ToolErrors.RowNotTaken(tool.Name, number, problem, project);
            }

            lines.WriteLine((row.ContainsKey("chosen") ? Pair(tool, row) : row).ToJsonString(WorkerJson.Options));
        }
    }

    private static JsonObject Pair(TrainingTool tool, JsonObject row) => tool.TakesOneMessagePerAnswer
        ? new JsonObject { ["messages"] = row["prompt"]!.DeepClone(), ["chosen"] = row["chosen"]![0]!.DeepClone(), ["rejected"] = row["rejected"]![0]!.DeepClone() }
        : new JsonObject { ["prompt"] = row["prompt"]!.DeepClone(), ["chosen"] = row["chosen"]!.DeepClone(), ["rejected"] = row["rejected"]!.DeepClone() };

    private static string? Problem(TrainingTool tool, JsonObject row)
    {
        string[] known = ["messages", "prompt", "chosen", "rejected"];
        if (row.Select(m => m.Key).FirstOrDefault(k => !known.Contains(k)) is { } member)
        {
            return $"it has '{member}', which would be lost";
        }

        if (row.SelectMany(m => m.Value!.AsArray()).Select(m => m!.AsObject()).SelectMany(m => m).FirstOrDefault(m => m is not { Key: "role" or "content", Value: JsonValue }).Key is { } part)
        {
            return $"a message has '{part}' that is more than a text";
        }

        return tool.TakesOneMessagePerAnswer && row.ContainsKey("chosen") && (row["chosen"]!.AsArray().Count != 1 || row["rejected"]!.AsArray().Count != 1) ? "each of its answers must be one message" : null;
    }
}
