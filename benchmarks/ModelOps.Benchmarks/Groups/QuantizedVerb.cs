using System.Runtime.InteropServices;
using ModelOps.Engine.Models;
using ModelOps.Engine.Safetensors;

namespace ModelOps.Benchmarks.Groups;

/// <summary>What the engine's process does for the measures of quantised weights.</summary>
internal static class QuantizedVerb
{
    /// <summary><c>linear-bytes MODEL QUANTIZATION</c>: <c>bytes</c> of the decoder layers' linear weights as they are held, scales included.</summary>
    public static Dictionary<string, double> LinearBytes(string[] arguments)
    {
        using var model = LlamaModel.Load(arguments[0], Enum.Parse<WeightQuantization>(arguments[1], ignoreCase: true));
        var matrices = LlamaWeightNames.All(model.Config).Where(w => LlamaWeightNames.IsLinear(w.Name)).Select(w => model.Matrix(w.Name));
        return new() { ["bytes"] = matrices.Sum(m => (double)m.DataLength + m.ScalesLength) };
    }

    /// <summary>
    /// <c>write-large-model PRESET FOLDER</c>: bf16 weights, uniform with deviation 0.02, norms 1, biases 0, written as they are made: a model too large to
    /// hold in f32 beside the file.
    /// </summary>
    public static Dictionary<string, double> WriteLargeModel(string[] arguments)
    {
        LlamaConfig config = EngineModels.Config(arguments[0]);
        Directory.CreateDirectory(arguments[1]);
        config.Save(arguments[1], StorageFormat.BF16);
        ulong state = 1;
        SafetensorsWriter.Write(
            Path.Combine(arguments[1], SafetensorsFolder.FileName),
            LlamaWeightNames.All(config).Select(w => new SafetensorsEntry(
                w.Name, SafetensorsType.BF16, [.. w.Shape.Select(d => (long)d)], stream => WriteTensor(stream, w, ref state))));
        return [];
    }

    private static void WriteTensor(Stream stream, WeightInfo weight, ref ulong state)
    {
        const float Range = 0.0346f; // its deviation is a √3rd of it
        bool isMatrix = weight.Shape.Length == 2;
        float constant = weight.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1;
        var row = new ushort[weight.Shape[^1]];
        for (int r = 0; r < (isMatrix ? weight.Shape[0] : 1); r++)
        {
            for (int i = 0; i < row.Length; i++)
            {
                state = (state * 6364136223846793005) + 1442695040888963407;
                float value = isMatrix ? Range * ((state >> 40) * (2f / (1 << 24)) - 1) : constant;
                row[i] = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
            }

            stream.Write(MemoryMarshal.AsBytes<ushort>(row));
        }
    }
}
