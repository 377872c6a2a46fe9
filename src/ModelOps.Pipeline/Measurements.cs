using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;

namespace ModelOps.Pipeline;

/// <summary><c>measurements.json</c>: what was measured and not computed. It enters no key and no package.</summary>
internal static class Measurements
{
    private static readonly JsonSerializerOptions s_options = new() { WriteIndented = true };

    /// <summary>Replaces one stage's part.</summary>
    public static void Update(string path, string stage, JsonObject values)
    {
        JsonObject all = Read(path);
        all[stage] = values;
        AtomicFile.WriteIfDifferent(path, JsonSerializer.SerializeToUtf8Bytes(all, s_options));
    }

    /// <summary>All stages' parts; empty where nothing was measured.</summary>
    public static JsonObject Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? [] : [];
        }
        catch (JsonException)
        {
            return []; // Measured values that cannot be read are measured again.
        }
    }
}
