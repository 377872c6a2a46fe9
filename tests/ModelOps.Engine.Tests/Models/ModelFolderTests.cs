using System.Text.Json.Nodes;
using ModelOps.Engine.Models;
using ModelOps.Engine.Safetensors;
using ModelOps.Engine.Tests.Training;

namespace ModelOps.Engine.Tests.Models;

public sealed unsafe class ModelFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelops-model-").FullName;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_model_comes_back_as_it_was_saved(bool tied, bool bias)
    {
        var config = TinyModels.Config(tied, bias) with { BosTokenId = 1, EosTokenIds = [2, 3], RopeTheta = 500000 };
        using var model = TinyModels.Random(config);
        model.Save(_folder, StorageFormat.F32);
        using var loaded = LlamaModel.Load(_folder);
        Assert.Equal(config with { EosTokenIds = loaded.Config.EosTokenIds }, loaded.Config);
        Assert.Equal(config.EosTokenIds, loaded.Config.EosTokenIds);
        Assert.Equal(model.MakeTrainable().Values.Span, loaded.MakeTrainable().Values.Span);
    }

    [Fact]
    public void Sixteen_bit_storage_rounds_to_nearest_and_training_from_it_starts_there()
    {
        using var model = TinyModels.Random(TinyModels.Config());
        model.Save(_folder, StorageFormat.BF16);
        using var loaded = LlamaModel.Load(_folder);
        var (exact, rounded) = (model.MakeTrainable(), loaded.MakeTrainable());
        for (long i = 0; i < exact.Values.Length; i++)
            Assert.True(Math.Abs(exact.Values.Pointer[i] - rounded.Values.Pointer[i]) <= Math.Abs(exact.Values.Pointer[i]) / 256);
    }

    [Theory]
    [InlineData("model_type", "\"gemma\"")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("rope_scaling", "{\"rope_type\":\"yarn\",\"factor\":4}")]
    [InlineData("mlp_bias", "true")]
    [InlineData("use_sliding_window", "true")]
    [InlineData("num_local_experts", "8")]
    [InlineData("quantization_config", "{}")]
    public void What_is_not_computed_is_refused_by_name(string key, string value)
    {
        Edit(json => json[key] = JsonNode.Parse(value));
        var refused = Assert.Throws<UnsupportedModelException>(() => LlamaModel.Load(_folder));
        Assert.StartsWith(key, refused.Option, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_size", "\"x\"")]
    [InlineData("hidden_size", "0")]
    [InlineData("vocab_size", "null")]
    [InlineData("num_key_value_heads", "3")]
    [InlineData("head_dim", "5")]
    public void A_malformed_configuration_names_its_key(string key, string value)
    {
        Edit(json => json[key] = JsonNode.Parse(value));
        Assert.Contains(key, Assert.Throws<ModelFormatException>(() => LlamaModel.Load(_folder)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("intermediate_size", "48", "mlp.gate_proj.weight")]
    [InlineData("num_hidden_layers", "3", "model.layers.2.")]
    [InlineData("num_hidden_layers", "1", "model.layers.1.")]
    [InlineData("tie_word_embeddings", "false", "lm_head.weight")]
    public void Weights_that_do_not_fit_the_configuration_are_named(string key, string value, string tensor)
    {
        Edit(json => json[key] = JsonNode.Parse(value));
        Assert.Contains(tensor, Assert.Throws<ModelFormatException>(() => LlamaModel.Load(_folder)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_spellings_of_the_rotary_base_are_read()
    {
        Edit(json =>
        {
            json.Remove("rope_theta");
            json["rope_parameters"] = JsonNode.Parse("{\"rope_type\":\"default\",\"rope_theta\":250000}");
        });
        Assert.Equal(250000, LlamaConfig.Load(_folder).RopeTheta);
    }

    [Fact]
    public void Missing_files_are_named()
    {
        Assert.Throws<ModelFormatException>(() => LlamaModel.Load(_folder));
        Edit(_ => { });
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        Assert.Throws<SafetensorsException>(() => LlamaModel.Load(_folder));
    }

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
        EditFile("adapter_config.json", json => json[key] = JsonNode.Parse(value));
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

    private void Edit(Action<JsonObject> change)
    {
        using var model = TinyModels.Random(TinyModels.Config());
        model.Save(_folder);
        EditFile("config.json", change);
    }

    private void EditFile(string name, Action<JsonObject> change)
    {
        string path = Path.Combine(_folder, name);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
