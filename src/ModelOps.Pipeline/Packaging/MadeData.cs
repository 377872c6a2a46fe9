using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Making;
using ModelOps.Pipeline.Configuration;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Pipeline.Packaging;

/// <summary>What a data file says of how its rows were made (<c>&lt;file&gt;.provenance.json</c> beside it).</summary>
/// <param name="Provenance">Digest of what it says.</param>
/// <param name="IsChanged">Rows were changed by hand since they were made.</param>
internal sealed record MadeData(MadeFrom From, Digest Provenance, bool IsChanged)
{
    /// <summary>Of all files that say so, in the order of what they say: names and places are no part of it.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS1145</c>: one cannot be read.</exception>
    public static IReadOnlyList<MadeData> Of(IEnumerable<ProjectItem> items) => [.. items
        .Where(item => File.Exists(item.FullPath))
        .Select(item => MadeFrom.TryRead(item.FullPath) is { } from ? new MadeData(from, Digest.OfFile(MadeFrom.PathFor(item.FullPath)), Digest.OfFile(item.FullPath) != from.Data) : null)
        .OfType<MadeData>().OrderBy(m => m.Provenance.Hex, StringComparer.Ordinal)];

    /// <summary>Part of a dataset's annotations, which are published: no person's name, no file's and no server's.</summary>
    public JsonNode ToJson()
    {
        var json = new JsonObject
        {
            ["kind"] = From.Kind,
            ["rows"] = From.Rows,
            ["unreviewed"] = From.Unreviewed,
            ["reviewers"] = From.Reviewers.Count,
            ["provenance"] = Provenance.ToString(),
            ["inputs"] = new JsonArray([.. From.Inputs.Select(i => (JsonNode)i.Digest.ToString())]),
        };
        if (From.Model is { } model)
        {
            json["model"] = new JsonObject { ["name"] = model.Name, ["answers"] = model.Answers.ToString() };
        }

        if (IsChanged)
        {
            json["changedSince"] = true;
        }

        return json;
    }
}
