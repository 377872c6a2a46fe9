using ModelOps.Engine.Numerics;
using ModelOps.Engine.Safetensors;

namespace ModelOps.Engine.Models;

/// <summary>Between a model and its safetensors: every tensor of the architecture must be there in its shape, and none that it has no place for.</summary>
internal static unsafe class LlamaWeightFile
{
    // Buffers that old checkpoints carry and that are computed from the configuration.
    private const string ComputedSuffix = "rotary_emb.inv_freq";

    internal static void Bind(LlamaModel model, string folder, SafetensorsFolder files)
    {
        var expected = LlamaWeightNames.All(model.Config).ToDictionary(w => w.Name, StringComparer.Ordinal);
        foreach (var tensor in files.Tensors)
        {
            bool tiedCopy = tensor.Name == LlamaWeightNames.Head && model.Config.TieWordEmbeddings;
            if (!expected.ContainsKey(tensor.Name) && !tiedCopy && !tensor.Name.EndsWith(ComputedSuffix, StringComparison.Ordinal))
                throw new ModelFormatException(folder, $"the weights hold '{tensor.Name}', for which config.json has no place");
        }

        foreach (var weight in expected.Values)
        {
            if (!files.TryGet(weight.Name, out var tensor))
                throw new ModelFormatException(folder, $"the weights lack '{weight.Name}', which config.json asks for");
            Bind(model, folder, weight, tensor);
        }
    }

    private static void Bind(LlamaModel model, string folder, WeightInfo weight, SafetensorsTensor tensor)
    {
        if (!tensor.Shape.SequenceEqual(weight.Shape.Select(d => (long)d)))
        {
            throw new ModelFormatException(folder,
                $"'{weight.Name}' has the shape [{string.Join(", ", tensor.Shape)}]; config.json asks for [{string.Join(", ", weight.Shape)}]");
        }

        var type = tensor.Type switch
        {
            SafetensorsType.F32 => StorageType.F32,
            SafetensorsType.BF16 => StorageType.BF16,
            SafetensorsType.F16 => StorageType.F16,
            _ => throw new UnsupportedModelException(folder, $"dtype of {weight.Name}", tensor.Type.HeaderName(), "F32, BF16, F16"),
        };
        if (weight.Shape.Length == 2)
        {
            model.Add(weight.Name, new WeightMatrix(weight.Shape[0], weight.Shape[1], type, tensor.Pointer, owner: null));
            return;
        }

        var vector = new FloatBuffer(weight.Shape[0]);
        Storage.Expand(type, tensor.Pointer, vector.Pointer, weight.Shape[0]);
        model.Add(weight.Name, vector);
    }

    internal static void Write(LlamaModel model, string path, StorageFormat format)
    {
        var (storage, type) = format switch
        {
            StorageFormat.F32 => (StorageType.F32, SafetensorsType.F32),
            StorageFormat.BF16 => (StorageType.BF16, SafetensorsType.BF16),
            _ => (StorageType.F16, SafetensorsType.F16),
        };
        var entries = LlamaWeightNames.All(model.Config).Select(weight =>
            new SafetensorsEntry(weight.Name, type, [.. weight.Shape.Select(d => (long)d)], stream => WriteRows(model, weight, storage, stream)));
        SafetensorsWriter.Write(path, entries, new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static void WriteRows(LlamaModel model, WeightInfo weight, StorageType storage, Stream stream)
    {
        int columns = weight.Shape[^1], rows = weight.Shape.Length == 2 ? weight.Shape[0] : 1;
        var wide = new float[columns];
        var narrow = new byte[columns * (storage == StorageType.F32 ? sizeof(float) : sizeof(ushort))];
        fixed (float* values = wide)
        fixed (byte* bytes = narrow)
        {
            for (int row = 0; row < rows; row++)
            {
                float* source = values;
                if (weight.Shape.Length == 2)
                    model.Matrix(weight.Name).Expand(row, 1, values);
                else
                    source = model.VectorOrNull(weight.Name);
                Storage.Narrow(storage, source, bytes, columns);
                stream.Write(narrow);
            }
        }
    }
}
