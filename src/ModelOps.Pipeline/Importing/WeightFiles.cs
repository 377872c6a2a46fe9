using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Importing;

/// <summary>Whether the weights of a downloaded model are all there: every file as long as its own header says, every tensor that the index names, every layer that
/// <c>config.json</c> counts.</summary>
/// <remarks>Format: safetensors: eight bytes length of the header, little endian; the header, JSON by tensor with <c>data_offsets</c>; the data.</remarks>
internal static class WeightFiles
{
    private const string Index = "model.safetensors.index.json";
    private const long LargestHeader = 100_000_000;

    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS6127</c></exception>
    public static void RequireWhole(string folder, BaseModelIdentity model)
    {
        var tensors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in model.Files.Where(f => f.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            foreach (string tensor in TensorsOf(file))
            {
                tensors[tensor] = Path.GetFileName(file);
            }
        }

        string index = Path.Combine(folder, Index);
        if (File.Exists(index))
        {
            RequireIndexed(index, tensors);
        }

        RequireLayers(Path.Combine(folder, "config.json"), tensors.Keys);
    }

    private static List<string> TensorsOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[8];
        if (file.ReadAtLeast(start, 8, throwOnEndOfStream: false) < 8 || BinaryPrimitives.ReadInt64LittleEndian(start) is var length && (length is <= 0 or > LargestHeader || length > file.Length - 8))
        {
            throw ImportErrors.NotWhole(path, $"the file has {file.Length} bytes and no whole header");
        }

        byte[] header = new byte[BinaryPrimitives.ReadInt64LittleEndian(start)];
        file.ReadExactly(header);
        long end = 0;
        var names = new List<string>();
        try
        {
            using JsonDocument json = JsonDocument.Parse(header);
            foreach (JsonProperty tensor in json.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__"))
            {
                names.Add(tensor.Name);
                end = Math.Max(end, tensor.Value.GetProperty("data_offsets")[1].GetInt64());
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw ImportErrors.NotWhole(path, $"its header is no list of tensors ({e.Message})", e);
        }

        long expected = 8 + header.Length + end;
        return file.Length == expected ? names : throw ImportErrors.NotWhole(path, $"the file has {file.Length} bytes; its header describes {expected}");
    }

    private static void RequireIndexed(string index, Dictionary<string, string> tensors)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(index));
        foreach (JsonProperty entry in json.RootElement.GetProperty("weight_map").EnumerateObject())
        {
            if (tensors.GetValueOrDefault(entry.Name) != entry.Value.GetString())
            {
                throw ImportErrors.NotWhole(index, $"it says that '{entry.Name}' is in '{entry.Value}', and that file has no such tensor");
            }
        }
    }

    private static void RequireLayers(string config, IEnumerable<string> tensors)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(config));
        HashSet<int> layers = [.. tensors.Select(LayerOf).OfType<int>()];
        if (layers.Count > 0 && json.RootElement.TryGetProperty("num_hidden_layers", out JsonElement number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int count))
        {
            for (int layer = 0; layer < count; layer++)
            {
                if (!layers.Contains(layer))
                {
                    throw ImportErrors.NotWhole(config, $"it counts {count} layers, and the weights have none with number {layer}");
                }
            }
        }
    }

    // model.layers.11.mlp.up_proj.weight
    private static int? LayerOf(string tensor)
    {
        string[] parts = tensor.Split('.');
        int at = Array.IndexOf(parts, "layers");
        return at >= 0 && at + 1 < parts.Length && int.TryParse(parts[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }
}
