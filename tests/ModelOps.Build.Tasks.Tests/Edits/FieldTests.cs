using System.Text.Json.Nodes;

namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>
/// Every field of every key is needed: there is an edit in the table that only this field tells from no edit at all. So whoever takes a field out of
/// a key turns that edit's test red, and whoever adds a field without an edit turns this one red.
/// </summary>
public sealed class FieldTests
{
    /// <summary>Fields that stand for the code itself; no edit of a project moves them. Each has its reason.</summary>
    private static readonly Dictionary<string, string[]> s_ofTheCode = new(StringComparer.Ordinal)
    {
        // The engine's version; one trainer; no property sets Adam's constants; the order that is kept is in the digest of the rows, and the method in which fields there are.
        ["trained"] = ["numerics", "trainer", "adamBeta1", "adamBeta2", "adamEpsilon", "preserveDataOrder", "fineTuneMethod", "loadBestModelAtEnd"],

        // Rules of the report; no project sets these four.
        ["evaluated"] = ["format", "evaluator", "BootstrapResamples", "BootstrapSeed", "Confidence", "subjects.seed", "subjects.stop", "subjects.logProbabilities", "subjects.topLogProbabilities"],
        ["judged"] = ["Rules", "BootstrapResamples", "BootstrapSeed", "Confidence"],

        // A set's name is its place in the list; the version of the base's package follows its content, which the verdict stands on; these projects lie in no
        // repository (InputStateTests).
        ["packed"] = ["layout", "data.name", "base.version", "sourceDirty"],
    };

    [Theory]
    [InlineData("trained")]
    [InlineData("evaluated")]
    [InlineData("judged")]
    [InlineData("packed")]
    public void Every_field_of_a_key_is_the_only_one_to_catch_some_edit(string record)
    {
        var changes = new List<(string Edit, JsonObject Before, JsonObject After)>();
        var fields = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Edit edit in EditTable.All.Where(e => e.Effect != Effect.Nothing))
        {
            EditRun run = EditRun.Of(edit);
            (JsonObject before, JsonObject after) = (Fields(run.First, record), Fields(run.Second, record));
            fields.UnionWith(Leaves(before).Concat(Leaves(after)));
            if (before.ToJsonString() != after.ToJsonString())
            {
                changes.Add((edit.Name, before, after));
            }
        }

        string[] uncaught = [.. fields.Where(f => !changes.Any(c => Without(c.Before, f) == Without(c.After, f)))];

        Assert.Equal(s_ofTheCode[record].Order(StringComparer.Ordinal), uncaught.Order(StringComparer.Ordinal));
    }

    private static JsonObject Fields(BuildTrace trace, string record)
    {
        Assert.True(trace.Succeeded, trace.Log);
        return JsonNode.Parse(trace.After[record])!["fields"]!.AsObject();
    }

    /// <summary>Names of all leaves; elements of a list share their names.</summary>
    private static IEnumerable<string> Leaves(JsonNode? node, string path = "") => node switch
    {
        JsonObject { Count: > 0 } members => members.SelectMany(m => Leaves(m.Value, path.Length == 0 ? m.Key : $"{path}.{m.Key}")),
        JsonArray elements when elements.Count > 0 && elements.All(e => e is JsonObject) => elements.SelectMany(e => Leaves(e, path)),
        _ => [path],
    };

    private static string Without(JsonObject fields, string leaf)
    {
        JsonObject copy = fields.DeepClone().AsObject();
        Remove(copy, leaf.Split('.'));
        return copy.ToJsonString();
    }

    private static void Remove(JsonNode? node, ReadOnlySpan<string> path)
    {
        if (node is JsonArray elements)
        {
            foreach (JsonNode? element in elements)
            {
                Remove(element, path);
            }
        }
        else if (node is JsonObject members && path.Length == 1)
        {
            members.Remove(path[0]);
        }
        else if (node is JsonObject nested && nested[path[0]] is { } next)
        {
            Remove(next, path[1..]);
        }
    }
}
