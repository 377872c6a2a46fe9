using System.Text.Json;

namespace ModelOps.Conformance;

/// <summary>A PEFT adapter folder as a reader that knows only PEFT's format sees it.</summary>
internal sealed class AdapterOutput
{
    private AdapterOutput(Dictionary<string, Tensor> tensors, double scale) => (Tensors, Scale) = (tensors, scale);

    public Dictionary<string, Tensor> Tensors { get; }

    /// <summary>Factor of the update.</summary>
    public double Scale { get; }

    public static string NameA(string module) => $"base_model.model.{module}.lora_A.weight";

    public static string NameB(string module) => $"base_model.model.{module}.lora_B.weight";

    /// <summary>Reads an adapter and holds it to what was asked for.</summary>
    public static AdapterOutput Read(string folder, int rank, double alpha, string[] targets)
    {
        JsonElement config = JsonElement.Parse(File.ReadAllBytes(Path.Combine(folder, "adapter_config.json")));
        Expect.Equal("LORA", config.GetProperty("peft_type").GetString(), "peft_type");
        Expect.Equal("CAUSAL_LM", config.GetProperty("task_type").GetString(), "task_type");
        Expect.Equal(rank, config.GetProperty("r").GetInt32(), "r");
        Expect.Equal(alpha, config.GetProperty("lora_alpha").GetDouble(), "lora_alpha");
        Expect.Same(targets, config.GetProperty("target_modules").EnumerateArray().Select(t => t.GetString()!), "target_modules");
        Dictionary<string, Tensor> tensors = TensorFile.Read(Path.Combine(folder, "adapter_model.safetensors"));
        var modules = Enumerable.Range(0, TinyFolder.Layers).SelectMany(layer => TinyFolder.Linear.Where(l => targets.Contains(l.Name)).Select(l => (Name: $"model.layers.{layer}.{l.Block}.{l.Name}", l.Out, l.In))).ToList();
        Expect.Same(modules.SelectMany(m => new[] { NameA(m.Name), NameB(m.Name) }), tensors.Keys, "tensors of adapter_model.safetensors");
        foreach (var (name, rows, columns) in modules)
        {
            Expect.That(tensors[NameA(name)].Shape.SequenceEqual([rank, columns]), $"{NameA(name)} has the shape [{string.Join(", ", tensors[NameA(name)].Shape)}]; expected [{rank}, {columns}]");
            Expect.That(tensors[NameB(name)].Shape.SequenceEqual([rows, rank]), $"{NameB(name)} has the shape [{string.Join(", ", tensors[NameB(name)].Shape)}]; expected [{rows}, {rank}]");
            Expect.That(tensors[NameA(name)].Values.Concat(tensors[NameB(name)].Values).All(double.IsFinite), $"the adapter of {name} holds numbers that are none");
            Expect.That(tensors[NameB(name)].Values.Any(v => v != 0), $"{NameB(name)} is all zero: it was not trained");
        }

        return new AdapterOutput(tensors, alpha / rank);
    }
}
