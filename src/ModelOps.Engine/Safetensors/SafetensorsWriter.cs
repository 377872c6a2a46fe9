using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ModelOps.Engine.Safetensors;

/// <summary>
/// Writes a file whose bytes depend on nothing but its tensors: wider types first and then by name, as the format's own library orders
/// them, so that every tensor is aligned to its element.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>Complete or not at all: a temporary file beside it is flushed to the disk and renamed.</summary>
    public static void Write(string path, IEnumerable<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(t => t.Type.ElementSize()).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        var header = WriteHeader(ordered, metadata);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                WriteAll(stream, header, ordered);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void WriteAll(FileStream stream, byte[] header, List<SafetensorsEntry> tensors)
    {
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in tensors)
        {
            long before = stream.Position;
            tensor.Write(stream);
            if (stream.Position - before != tensor.ByteLength)
                throw new InvalidOperationException($"{tensor.Name} needs {tensor.ByteLength} bytes and wrote {stream.Position - before}");
        }
    }

    private static byte[] WriteHeader(List<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            long offset = 0;
            string? previous = null;
            foreach (var tensor in tensors)
            {
                if (tensor.Name == previous)
                    throw new ArgumentException($"two tensors are named '{previous}'", nameof(tensors));
                previous = tensor.Name;
                WriteTensor(json, tensor, offset);
                offset += tensor.ByteLength;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not { Count: > 0 })
            return;
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata.OrderBy(p => p.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, SafetensorsEntry tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.HeaderName());
        json.WriteStartArray("shape");
        foreach (long dimension in tensor.Shape)
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
