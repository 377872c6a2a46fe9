using System.Buffers.Binary;
using System.Text.Json;

namespace ModelOps.Backends.Trainers;

/// <summary>Whether a folder holds a trained adapter: whole files, LoRA in PEFT's format, and weights that something was learnt into.</summary>
internal static class AdapterCheck
{
    private const int LongestHeader = 100_000_000, Block = 1 << 16;

    /// <exception cref="InvalidDataException">It does not; what is said is for people.</exception>
    /// <exception cref="JsonException">A part is no JSON.</exception>
    public static void Check(string folder)
    {
        using (JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "adapter_config.json"))))
        {
            if (config.RootElement.Text("peft_type") != "LORA")
            {
                throw new InvalidDataException("adapter_config.json is not that of a LoRA adapter");
            }
        }

        using FileStream weights = File.OpenRead(Path.Combine(folder, "adapter_model.safetensors"));
        List<(string Name, long Begin, long End)> tensors = Header(weights, out long data);
        (string Name, long Begin, long End)[] trained = [.. tensors.Where(t => t.Name.Contains("lora_B", StringComparison.Ordinal))];
        if (trained.Length == 0)
        {
            throw new InvalidDataException("adapter_model.safetensors has no tensor lora_B");
        }

        if (!Array.Exists(trained, t => HasValue(weights, data + t.Begin, t.End - t.Begin)))
        {
            throw new InvalidDataException("every lora_B is zero: nothing was learnt");
        }
    }

    // 8 bytes of length, JSON, then the tensors without holes up to the end.
    private static List<(string Name, long Begin, long End)> Header(FileStream file, out long data)
    {
        byte[] size = new byte[8];
        file.ReadExactly(size);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(size);
        if (length > LongestHeader || (long)length > file.Length - size.Length)
        {
            throw new InvalidDataException("the header of adapter_model.safetensors is longer than the file");
        }

        byte[] json = new byte[length];
        file.ReadExactly(json);
        data = size.Length + (long)length;
        using JsonDocument header = JsonDocument.Parse(json);
        var tensors = new List<(string Name, long Begin, long End)>();
        foreach (JsonProperty entry in header.RootElement.EnumerateObject().Where(e => e.Name != "__metadata__"))
        {
            long[] offsets = [.. entry.Value.List("data_offsets").Select(o => o.TryGetInt64(out long offset) ? offset : -1)];
            tensors.Add(offsets is [>= 0, >= 0] ? (entry.Name, offsets[0], offsets[1]) : throw new InvalidDataException($"the tensor '{entry.Name}' has no place"));
        }

        long end = 0;
        foreach ((string name, long from, long to) in tensors.OrderBy(t => t.Begin).ThenBy(t => t.End))
        {
            end = from == end && to >= from ? to : throw new InvalidDataException($"the tensor '{name}' does not follow the one before");
        }

        return data + end == file.Length ? tensors : throw new InvalidDataException($"adapter_model.safetensors has {file.Length} bytes, and its tensors end at {data + end}");
    }

    private static bool HasValue(FileStream file, long at, long length)
    {
        byte[] block = new byte[Block];
        file.Position = at;
        while (length > 0)
        {
            int read = file.Read(block, 0, (int)Math.Min(length, Block));
            if (read == 0)
            {
                return false;
            }

            if (block.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                return true;
            }

            length -= read;
        }

        return false;
    }
}
