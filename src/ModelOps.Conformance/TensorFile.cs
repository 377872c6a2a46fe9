using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance;

/// <summary>One tensor as a file holds it, widened to double.</summary>
internal sealed record Tensor(string Type, long[] Shape, double[] Values);

/// <summary>The suite's own reader and writer of safetensors, written from the format's description and used by no worker.</summary>
internal static class TensorFile
{
    public static void Write(string path, IEnumerable<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var header = new JsonObject();
        var data = new MemoryStream();
        foreach (var (name, shape, values) in tensors)
        {
            long start = data.Length;
            data.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            header[name] = new JsonObject
            {
                ["dtype"] = "F32", ["shape"] = new JsonArray([.. shape.Select(d => (JsonNode)d)]), ["data_offsets"] = new JsonArray(start, data.Length),
            };
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        data.WriteTo(file);
    }

    public static Dictionary<string, Tensor> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        Expect.That(file.Length > 8, $"'{path}' is no safetensors file");
        long length = BinaryPrimitives.ReadInt64LittleEndian(file);
        Expect.That(length > 1 && length < file.Length - 7, $"'{path}': the header has {length} bytes, the file {file.Length}");
        JsonElement header = JsonElement.Parse(file.AsSpan(8, (int)length));
        int body = 8 + (int)length;
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        long covered = 0;
        foreach (JsonProperty entry in header.EnumerateObject().Where(e => e.Name != "__metadata__"))
        {
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            long start = entry.Value.GetProperty("data_offsets")[0].GetInt64(), end = entry.Value.GetProperty("data_offsets")[1].GetInt64();
            string type = entry.Value.GetProperty("dtype").GetString()!;
            Expect.That(start >= 0 && end >= start && body + end <= file.Length, $"'{entry.Name}' of '{path}' lies outside of the file");
            double[] values = Widen(type, file.AsSpan(body + (int)start, (int)(end - start)));
            Expect.Equal(shape.Aggregate(1L, (a, b) => a * b), values.LongLength, $"the number of elements of '{entry.Name}' in '{path}'");
            tensors.Add(entry.Name, new Tensor(type, shape, values));
            covered += end - start;
        }

        Expect.Equal(file.LongLength - body, covered, $"what the tensors of '{path}' cover of its data, in bytes");
        return tensors;
    }

    private static double[] Widen(string type, ReadOnlySpan<byte> bytes)
    {
        switch (type)
        {
            case "F32":
                return Convert(MemoryMarshal.Cast<byte, float>(bytes), v => v);
            case "F16":
                return Convert(MemoryMarshal.Cast<byte, Half>(bytes), v => (double)v);
            case "BF16":
                return Convert(MemoryMarshal.Cast<byte, ushort>(bytes), v => BitConverter.UInt32BitsToSingle((uint)v << 16));
            default:
                throw new NonconformityException($"a tensor has the type '{type}'; expected F32, F16 or BF16");
        }
    }

    private static double[] Convert<T>(ReadOnlySpan<T> values, Func<T, double> widen)
    {
        var wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = widen(values[i]);
        }

        return wide;
    }
}
