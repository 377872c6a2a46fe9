using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace ModelOps.Engine.Safetensors;

/// <summary>The weights of a Hugging Face model folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names.</summary>
public sealed class SafetensorsFolder : IDisposable
{
    public const string FileName = "model.safetensors";
    public const string IndexName = "model.safetensors.index.json";

    private readonly List<SafetensorsFile> _files;
    private readonly Dictionary<string, SafetensorsTensor> _byName;

    private SafetensorsFolder(List<SafetensorsFile> files, IEnumerable<SafetensorsTensor> tensors)
    {
        _files = files;
        _byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>Every tensor by name, in ordinal order.</summary>
    public IEnumerable<SafetensorsTensor> Tensors => _byName.Values.OrderBy(t => t.Name, StringComparer.Ordinal);

    /// <summary>The files, in the order in which they were opened.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    public bool TryGet(string name, [NotNullWhen(true)] out SafetensorsTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>As Transformers does, the single file wins where both are there.</summary>
    /// <exception cref="SafetensorsException">A file is missing or malformed.</exception>
    public static SafetensorsFolder Open(string folder)
    {
        string single = Path.Combine(folder, FileName), index = Path.Combine(folder, IndexName);
        if (File.Exists(single))
        {
            var file = SafetensorsFile.Open(single);
            return new SafetensorsFolder([file], file.Tensors);
        }

        if (!File.Exists(index))
            throw new SafetensorsException(folder, $"the folder holds neither {FileName} nor {IndexName}");
        return OpenShards(folder, index, ReadIndex(index));
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private static SafetensorsFolder OpenShards(string folder, string index, Dictionary<string, string> shardOf)
    {
        var files = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            var tensors = new List<SafetensorsTensor>();
            foreach (var (name, shard) in shardOf.OrderBy(p => p.Value, StringComparer.Ordinal).ThenBy(p => p.Key, StringComparer.Ordinal))
            {
                if (!files.TryGetValue(shard, out var file))
                    files.Add(shard, file = SafetensorsFile.Open(Path.Combine(folder, shard)));
                if (!file.TryGet(name, out var tensor))
                    throw new SafetensorsException(index, $"the index says that '{name}' is in {shard}, but it is not");
                tensors.Add(tensor);
            }

            return new SafetensorsFolder([.. files.Values], tensors);
        }
        catch
        {
            foreach (var file in files.Values)
                file.Dispose();
            throw;
        }
    }

    private static Dictionary<string, string> ReadIndex(string index)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(index));
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
                throw new SafetensorsException(index, "the index has no object 'weight_map'");
            var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var entry in map.EnumerateObject())
            {
                string? shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
                if (string.IsNullOrEmpty(shard) || Path.GetFileName(shard) != shard || shard.Contains('\\') || shard == "..")
                    throw new SafetensorsException(index, $"the shard of '{entry.Name}' is not the name of a file in the same folder");
                if (!shardOf.TryAdd(entry.Name, shard))
                    throw new SafetensorsException(index, $"the index names '{entry.Name}' twice");
            }

            return shardOf;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new SafetensorsException(index, $"the index is not JSON: {e.Message}", e);
        }
    }
}
