using System.Text.Json;

namespace ModelOps.Engine.Safetensors;

/// <summary>Parses and checks the JSON header: https://github.com/huggingface/safetensors#format.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit: a longer header is an attack or not a header.</summary>
    public const long MaximumLength = 100_000_000;

    private const string MetadataName = "__metadata__";

    public static (List<SafetensorsTensor> Tensors, Dictionary<string, string> Metadata) Parse(
        string file, ReadOnlySpan<byte> json, long dataLength)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
            throw new SafetensorsException(file, "the header does not start with '{'; this is not a safetensors file");
        try
        {
            var parsed = ParseEntries(file, json, dataLength);
            CheckCoverage(file, parsed.Tensors, dataLength);
            return parsed;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new SafetensorsException(file, $"the header is not the JSON that the format asks for: {e.Message}", e);
        }
    }

    private static (List<SafetensorsTensor> Tensors, Dictionary<string, string> Metadata) ParseEntries(
        string file, ReadOnlySpan<byte> json, long dataLength)
    {
        var tensors = new List<SafetensorsTensor>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name))
                throw new SafetensorsException(file, $"the header names '{name}' twice");
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new SafetensorsException(file, $"the header's entry '{name}' is not an object");
            if (name == MetadataName)
                ReadMetadata(file, ref reader, metadata);
            else
                tensors.Add(ReadTensor(file, name, ref reader, dataLength));
        }

        if (reader.Read())
            throw new SafetensorsException(file, "the header goes on after its closing brace");
        return (tensors, metadata);
    }

    private static void ReadMetadata(string file, ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new SafetensorsException(file, $"the value of '{key}' in {MetadataName} is not a string");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw new SafetensorsException(file, $"{MetadataName} names '{key}' twice");
        }
    }

    private static SafetensorsTensor ReadTensor(string file, string name, ref Utf8JsonReader reader, long dataLength)
    {
        string? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            bool repeated = key switch { "dtype" => type != null, "shape" => shape != null, "data_offsets" => offsets != null, _ => false };
            if (repeated)
                throw new SafetensorsException(file, $"tensor '{name}' gives '{key}' twice");
            switch (key)
            {
                case "dtype": type = reader.GetString(); break;
                case "shape": shape = ReadNumbers(file, name, key, ref reader); break;
                case "data_offsets": offsets = ReadNumbers(file, name, key, ref reader); break;
                default: throw new SafetensorsException(file, $"tensor '{name}' has the unknown field '{key}'");
            }
        }

        if (type == null || shape == null || offsets is not { Count: 2 })
            throw new SafetensorsException(file, $"tensor '{name}' lacks dtype, shape or two data_offsets");
        if (!SafetensorsTypes.TryParse(type, out var parsedType))
            throw new SafetensorsException(file, $"tensor '{name}' has the unsupported dtype '{type}'");
        var tensor = new SafetensorsTensor(name, parsedType, shape, offsets[0], offsets[1]);
        CheckSize(file, tensor, offsets[1], dataLength);
        return tensor;
    }

    private static List<long> ReadNumbers(string file, string name, string key, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new SafetensorsException(file, $"'{key}' of tensor '{name}' is not a list");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw new SafetensorsException(file, $"'{key}' of tensor '{name}' holds something other than whole numbers from 0");
            numbers.Add(number);
        }

        return numbers;
    }

    private static void CheckSize(string file, SafetensorsTensor tensor, long end, long dataLength)
    {
        if (tensor.ByteLength < 0)
            throw new SafetensorsException(file, $"tensor '{tensor.Name}' ends at {end}, before it begins at {tensor.Begin}");
        if (end > dataLength)
            throw new SafetensorsException(file, $"tensor '{tensor.Name}' ends at byte {end} of the data, but the file has {dataLength}");
        var expected = (UInt128)tensor.Type.ElementSize();
        foreach (long dimension in tensor.Shape)
        {
            expected *= (UInt128)dimension;
            if (expected > long.MaxValue)
                throw new SafetensorsException(file, $"the shape of tensor '{tensor.Name}' has more bytes than a file can hold");
        }

        if (expected != (UInt128)tensor.ByteLength)
            throw new SafetensorsException(file, $"tensor {tensor} needs {expected} bytes, its offsets span {tensor.ByteLength}");
    }

    private static void CheckCoverage(string file, List<SafetensorsTensor> tensors, long dataLength)
    {
        long position = 0;
        string previous = "the header";
        foreach (var tensor in tensors.OrderBy(t => t.Begin).ThenBy(t => t.ByteLength))
        {
            if (tensor.Begin < position)
                throw new SafetensorsException(file, $"tensor '{tensor.Name}' overlaps '{previous}'");
            if (tensor.Begin > position)
                throw new SafetensorsException(file, $"{tensor.Begin - position} bytes between {previous} and '{tensor.Name}' belong to no tensor");
            position = tensor.Begin + tensor.ByteLength;
            previous = tensor.Name;
        }

        if (position != dataLength)
            throw new SafetensorsException(file, $"the tensors end at byte {position} of the data, but the file has {dataLength}");
    }
}
