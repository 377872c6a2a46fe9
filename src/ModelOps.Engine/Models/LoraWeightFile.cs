using ModelOps.Engine.Numerics;
using ModelOps.Engine.Safetensors;

namespace ModelOps.Engine.Models;

/// <summary>Reads PEFT's tensors into an adapter, one to one: an adapter that is half applied answers like its base and nobody notices.</summary>
internal static unsafe class LoraWeightFile
{
    internal static void Read(LoraAdapter adapter, string path, SafetensorsFile file)
    {
        var parameters = adapter.Parameters;
        if (!file.Tensors.Any(t => parameters.TryFind(t.Name, out _)))
            throw new AdapterMismatchException(path, "none of its tensors belongs to this model; it was trained on another base");
        foreach (var tensor in file.Tensors)
        {
            if (!parameters.TryFind(tensor.Name, out var parameter))
                throw new AdapterMismatchException(path, $"'{tensor.Name}' has no place in this model with these target modules");
            if (!tensor.Shape.SequenceEqual(parameter.Shape.Select(d => (long)d)))
            {
                throw new AdapterMismatchException(path,
                    $"'{tensor.Name}' has the shape [{string.Join(", ", tensor.Shape)}]; this model asks for [{string.Join(", ", parameter.Shape)}]");
            }

            Storage.Expand(TypeOf(path, tensor), tensor.Pointer, parameter.Value, parameter.Length);
        }

        var missing = parameters.All.FirstOrDefault(p => !file.TryGet(p.Name, out _));
        if (missing is not null)
            throw new AdapterMismatchException(path, $"it lacks '{missing.Name}', which adapter_config.json asks for");
        bool changesSomething = parameters.All.Any(p =>
            p.Name.EndsWith("lora_B.weight", StringComparison.Ordinal) && new Span<float>(p.Value, (int)p.Length).ContainsAnyExcept(0f));
        if (!changesSomething)
            throw new AdapterMismatchException(path, "every lora_B is zero: the adapter changes nothing, as before its first training step") { ChangesNothing = true };
    }

    private static StorageType TypeOf(string path, SafetensorsTensor tensor) => tensor.Type switch
    {
        SafetensorsType.F32 => StorageType.F32,
        SafetensorsType.BF16 => StorageType.BF16,
        SafetensorsType.F16 => StorageType.F16,
        _ => throw new UnsupportedModelException(path, $"dtype of {tensor.Name}", tensor.Type.HeaderName(), "F32, BF16, F16"),
    };
}
