using System.Buffers;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Safetensors;

namespace ModelOps.Engine.Models;

/// <summary>Between a model and its safetensors: every tensor of the architecture must be there in its shape, and none that it has no place for.</summary>
internal static unsafe class LlamaWeightFile
{
    // Buffers that old checkpoints carry and that are computed from the configuration.
    private const string ComputedSuffix = "rotary_emb.inv_freq";

    internal static void Bind(LlamaModel model, string folder, SafetensorsFolder files, ThreadTeam team)
    {
        if (model.Config.LayerCount > files.Tensors.Count())
            throw new ModelFormatException(folder, $"config.json asks for {model.Config.LayerCount} layers; the weights hold {files.Tensors.Count()} tensors");
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
            Bind(model, folder, weight, tensor, team);
        }
    }

    private static void Bind(LlamaModel model, string folder, WeightInfo weight, SafetensorsTensor tensor, ThreadTeam team)
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
        if (model.Quantization != WeightQuantization.None && LlamaWeightNames.IsLinear(weight.Name))
        {
            model.Add(weight.Name, Quantized(model.Quantization, folder, weight, tensor, type, team));
            return;
        }

        if (weight.Shape.Length == 2)
        {
            model.Add(weight.Name, new WeightMatrix(weight.Shape[0], weight.Shape[1], type, tensor.Pointer, owner: null));
            return;
        }

        var vector = new FloatBuffer(weight.Shape[0]);
        Storage.Expand(type, tensor.Pointer, vector.Pointer, weight.Shape[0]);
        model.Add(weight.Name, vector);
    }

    private static WeightMatrix Quantized(
        WeightQuantization quantization, string folder, WeightInfo weight, SafetensorsTensor tensor, StorageType type, ThreadTeam team)
    {
        int cols = weight.Shape[1], rowBytes = cols * Storage.SizeOf(type);
        try
        {
            return Quantizer.Quantize(team, quantization == WeightQuantization.Nf4 ? StorageType.Nf4 : StorageType.Int8, weight.Shape[0], cols, Read);
        }
        catch (NotFiniteNumberException e)
        {
            throw new ModelFormatException(folder, $"'{weight.Name}' cannot be quantised: {e.Message}", e);
        }

        void Read(int row, int count, float* destination)
        {
            byte[] stored = ArrayPool<byte>.Shared.Rent(count * rowBytes);
            tensor.Read((long)row * rowBytes, stored.AsSpan(0, count * rowBytes));
            fixed (byte* source = stored)
                Storage.Expand(type, source, destination, (long)count * cols);
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    internal static void Write(LlamaModel model, string path, StorageFormat format, LoraAdapter? merged, CancellationToken cancellation)
    {
        var (storage, type) = format switch
        {
            StorageFormat.F32 => (StorageType.F32, SafetensorsType.F32),
            StorageFormat.BF16 => (StorageType.BF16, SafetensorsType.BF16),
            _ => (StorageType.F16, SafetensorsType.F16),
        };
        var entries = LlamaWeightNames.All(model.Config).Select(weight =>
            new SafetensorsEntry(weight.Name, type, [.. weight.Shape.Select(d => (long)d)], stream => WriteRows(model, weight, merged is null ? null : LoraRows.Of(merged, weight.Name), storage, stream, cancellation)));
        SafetensorsWriter.Write(path, entries, new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static void WriteRows(LlamaModel model, WeightInfo weight, LoraRows? update, StorageType storage, Stream stream, CancellationToken cancellation)
    {
        int columns = weight.Shape[^1], rows = weight.Shape.Length == 2 ? weight.Shape[0] : 1;
        var wide = new float[columns];
        var narrow = new byte[columns * (storage == StorageType.F32 ? sizeof(float) : sizeof(ushort))];
        fixed (float* values = wide)
        fixed (byte* bytes = narrow)
        {
            for (int row = 0; row < rows; row++)
            {
                cancellation.ThrowIfCancellationRequested();
                float* source = values;
                if (weight.Shape.Length == 2)
                    model.Matrix(weight.Name).Expand(row, 1, values);
                else
                    source = model.VectorOrNull(weight.Name);
                update?.AddTo(row, values);
                Storage.Narrow(storage, source, bytes, columns);
                stream.Write(narrow);
            }
        }
    }
}
