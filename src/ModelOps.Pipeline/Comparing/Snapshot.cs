using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Comparing;

/// <summary>A state of a project that can be compared with another one: a build, a package, a commit.</summary>
/// <param name="Keys">Keys with their fields, from left to right as the stages; a commit has one of its rows alone.</param>
/// <param name="Rows">Null when nobody knows which rows it was made of.</param>
public sealed record Snapshot(string Name, IReadOnlyList<FingerprintFile> Keys, DatasetManifest? Rows)
{
    /// <summary>Texts of rows, as far as they are at hand.</summary>
    public IReadOnlyDictionary<Digest, string> Texts { get; init; } = new Dictionary<Digest, string>();
}

/// <summary>The text of a row as people read it.</summary>
public static class RowTexts
{
    public static string Of(IEnumerable<PromptMessage> messages) => string.Join('\n', messages.Select(m => $"{m.Role}: {m.Content}"));

    // {"id","messages"}, or {"id","prompt","chosen","rejected"}: each a list of messages.
    private static string Of(JsonElement row) => string.Join('\n', row.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Array)
        .Select(p => (p.Name is "messages" or "prompt" ? "" : $"{p.Name} ") + Of(p.Value.Deserialize<PromptMessage[]>(WorkerJson.Options)!)));

    /// <summary>Of row files, those that exist.</summary>
    public static IReadOnlyDictionary<Digest, string> Read(params IEnumerable<string> files)
    {
        var texts = new Dictionary<Digest, string>();
        foreach (string line in files.Where(File.Exists).SelectMany(File.ReadLines))
        {
            try
            {
                using JsonDocument row = JsonDocument.Parse(line);
                if (Digest.TryParse(row.RootElement.GetProperty("id").GetString(), out Digest id))
                {
                    texts.TryAdd(id, Of(row.RootElement));
                }
            }
            catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                // A row of another shape is named without its text.
            }
        }

        return texts;
    }

    /// <summary>Everything that a project's folder still has: rows of now, and of what was trained and evaluated last.</summary>
    public static IReadOnlyDictionary<Digest, string> AtHand(StageFiles files)
        => Read([.. Enum.GetValues<DatasetKind>().Select(files.Rows), files.Trained.Rows, files.Evaluated.Rows]);
}
