using System.Text.Json.Nodes;
using ModelOps.Engine.Models;
using ModelOps.Engine.Safetensors;
using ModelOps.Engine.Tests.Training;

namespace ModelOps.Engine.Tests.Models;

public sealed class AdapterFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelops-adapter-").FullName;

    [Fact]
    public void An_adapter_comes_back_as_it_was_saved()
    {
        var config = TinyModels.Config();
        using var adapter = TinyAdapters.Random(config, ["v_proj", "q_proj"]);
        adapter.Save(_folder);
        using var loaded = LoraAdapter.Load(_folder, config);
        Assert.Equal(["q_proj", "v_proj"], loaded.Config.TargetModules);
        Assert.Equal(adapter.Config with { TargetModules = [] }, loaded.Config with { TargetModules = [] });
        Assert.Equal(adapter.Parameters.Values.Span, loaded.Parameters.Values.Span);
        using var file = SafetensorsFile.Open(Path.Combine(_folder, "adapter_model.safetensors"));
        Assert.True(file.TryGet("base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight", out var b));
        Assert.Equal([config.KeyValueSize, 4L], b.Shape);
    }

    [Fact]
    public void An_adapter_of_another_base_is_refused()
    {
        using var adapter = TinyAdapters.Random(TinyModels.Config(), ["q_proj", "v_proj"]);
        adapter.Save(_folder);
        Assert.Throws<AdapterMismatchException>(() => LoraAdapter.Load(_folder, TinyModels.Config() with { HiddenSize = 32 }));
        Assert.Throws<AdapterMismatchException>(() => LoraAdapter.Load(_folder, TinyModels.Config() with { LayerCount = 1 }));
        Assert.Throws<AdapterMismatchException>(() => LoraAdapter.Load(_folder, TinyModels.Config() with { LayerCount = 3 }));
    }

    [Fact]
    public void An_adapter_whose_tensors_match_nothing_is_refused()
    {
        using var adapter = TinyAdapters.Random(TinyModels.Config(), ["q_proj"]);
        adapter.Save(_folder);
        float[] values = new float[8];
        SafetensorsWriter.Write(Path.Combine(_folder, "adapter_model.safetensors"), [SafetensorsEntry.FromFloats("transformer.h.0.lora_A.weight", [2, 4], values)]);
        Assert.Contains("none", Assert.Throws<AdapterMismatchException>(() => LoraAdapter.Load(_folder, TinyModels.Config())).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use_dora", "true")]
    [InlineData("bias", "\"all\"")]
    [InlineData("peft_type", "\"IA3\"")]
    [InlineData("modules_to_save", "[\"lm_head\"]")]
    [InlineData("rank_pattern", "{\"q_proj\":2}")]
    [InlineData("target_modules", "[\"c_attn\"]")]
    public void An_adapter_option_that_is_not_computed_is_refused_by_name(string key, string value)
    {
        using var adapter = TinyAdapters.Random(TinyModels.Config(), ["q_proj"]);
        adapter.Save(_folder);
        string path = Path.Combine(_folder, "adapter_config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
        Assert.Equal(key, Assert.Throws<UnsupportedModelException>(() => LoraAdapter.Load(_folder, TinyModels.Config())).Option);
    }

    [Fact]
    public void An_unknown_target_is_refused_with_the_known_ones()
    {
        var config = new LoraConfig { Rank = 4, Alpha = 8, TargetModules = ["q_proj", "qproj"] };
        var refused = Assert.Throws<UnknownTargetModuleException>(() => LoraAdapter.Create(TinyModels.Config(), config, 1));
        Assert.Equal("qproj", refused.Module);
        Assert.Contains("q_proj", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
