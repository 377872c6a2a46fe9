using System.Text.Json;
using ModelOps.Engine.Safetensors;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Models;

/// <summary>Low-rank updates of a model's linear layers, in PEFT's format on disk and f32 in memory.</summary>
public sealed unsafe class LoraAdapter : IDisposable
{
    public const string ConfigName = "adapter_config.json";
    public const string WeightsName = "adapter_model.safetensors";
    private const string Prefix = "base_model.model.";

    private LoraAdapter(LoraConfig config, ParameterSet parameters)
    {
        Config = config;
        Parameters = parameters;
    }

    public LoraConfig Config { get; }

    /// <summary>Numbers in the adapter.</summary>
    public long ParameterCount => Parameters.Count;

    /// <summary>Tensors of the file; every one of them has its place in the model.</summary>
    public int TensorCount => Parameters.All.Count;

    internal ParameterSet Parameters { get; }

    internal static string NameA(string module) => $"{Prefix}{module}.lora_A.weight";

    internal static string NameB(string module) => $"{Prefix}{module}.lora_B.weight";

    /// <summary>A new adapter that changes nothing yet: A uniform in ±1/√inputs (PEFT's default, Kaiming with a = √5), B zero.</summary>
    /// <exception cref="UnknownTargetModuleException">A target is no linear layer of the architecture.</exception>
    public static LoraAdapter Create(LlamaConfig model, LoraConfig config, ulong seed)
    {
        LoraConfig.CheckTargets(config.TargetModules);
        var adapter = new LoraAdapter(Normalized(config), new ParameterSet(Shapes(model, config)));
        for (int p = 0; p < adapter.Parameters.All.Count; p += 2) // A and B alternate
        {
            var a = adapter.Parameters.All[p];
            var random = new CounterRandom(seed, (ulong)p);
            double bound = 1 / Math.Sqrt(a.Shape[1]);
            for (long i = 0; i < a.Length; i++)
                a.Value[i] = (float)((2 * random.Uniform((ulong)i) - 1) * bound);
        }

        return adapter;
    }

    /// <summary>Opens an adapter for <paramref name="model"/> and proves that all of it applies.</summary>
    /// <exception cref="AdapterMismatchException">A tensor is unknown, missing, of another shape, or every B is zero.</exception>
    /// <exception cref="ModelFileException">A file is missing, malformed or asks for something unsupported.</exception>
    public static LoraAdapter Load(string folder, LlamaConfig model)
    {
        var config = LoraConfigFile.Read(Path.Combine(folder, ConfigName));
        string path = Path.Combine(folder, WeightsName);
        using var file = SafetensorsFile.Open(path);
        var adapter = new LoraAdapter(config, new ParameterSet(Shapes(model, config)));
        try
        {
            LoraWeightFile.Read(adapter, path, file);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Writes <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> (f32).</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        LoraConfigFile.Write(Config, Path.Combine(folder, ConfigName));
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsName),
            Parameters.All.Select(p => SafetensorsEntry.FromPointer(p.Name, SafetensorsType.F32, [.. p.Shape.Select(d => (long)d)], p.Value)),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    public void Dispose() => Parameters.Dispose();

    private static IEnumerable<(string Name, int[] Shape)> Shapes(LlamaConfig model, LoraConfig config)
    {
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            foreach (string module in LlamaWeightNames.LinearModules.Where(m => config.TargetModules.Contains(m, StringComparer.Ordinal)))
            {
                var (outputs, inputs) = LlamaWeightNames.Shape(model, module);
                string name = LlamaWeightNames.Module(layer, module);
                yield return (NameA(name), [config.Rank, inputs]);
                yield return (NameB(name), [outputs, config.Rank]);
            }
        }
    }

    private static LoraConfig Normalized(LoraConfig config) => config with
    {
        TargetModules = [.. LlamaWeightNames.LinearModules.Where(m => config.TargetModules.Contains(m, StringComparer.Ordinal))],
    };
}
