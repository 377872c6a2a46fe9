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
    [InlineData("qwen3")]
    [InlineData("mistral")]
    [InlineData("llama")]
    public void Every_architecture_comes_back_as_it_was_saved(string type)
    {
        var config = TinyModels.Config() with
        {
            ModelType = type,
            QkNorm = type == "qwen3",
            RopeScaling = type == "llama"
                ? new RopeScaling(RopeScalingType.Llama3, 8) { LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalMaxPositions = 64 }
                : new RopeScaling(RopeScalingType.Linear, 2.5),
        };
        using var model = TinyModels.Random(config);
        model.Save(_folder, StorageFormat.F32);
        using var loaded = LlamaModel.Load(_folder);
        Assert.Equal(config with { EosTokenIds = loaded.Config.EosTokenIds }, loaded.Config);
        Assert.Equal(model.MakeTrainable().Values.Span, loaded.MakeTrainable().Values.Span);
    }

    [Theory]
    [InlineData("model_type", "\"gemma\"")]
    [InlineData("model_type", "\"qwen3_moe\"")]
    [InlineData("model_type", "\"smollm3\"")]
    [InlineData("architectures", "[\"LlamaForSequenceClassification\"]")]
    [InlineData("auto_map", "{\"AutoModelForCausalLM\":\"modeling.Mine\"}")]
    [InlineData("rope_scaling", "{\"type\":\"dynamic\",\"factor\":4}")]
    [InlineData("rope_scaling", "{\"rope_type\":\"longrope\",\"short_factor\":[1]}")]
    [InlineData("rope_parameters", "{\"rope_type\":\"yarn\",\"rope_theta\":10000,\"factor\":4}")]
    [InlineData("rope_parameters.full_attention", "{\"rope_type\":\"default\"}")]
    [InlineData("rope_parameters.partial_rotary_factor", "0.5")]
    [InlineData("partial_rotary_factor", "0.5")]
    [InlineData("sliding_window", "64")]
    [InlineData("layer_types", "[\"full_attention\",\"sliding_attention\"]")]
    [InlineData("no_rope_layers", "[1,0]")]
    [InlineData("num_experts", "4")]
    [InlineData("n_routed_experts", "4")]
    [InlineData("use_qk_norm", "true")]
    [InlineData("attn_logit_softcapping", "50")]
    [InlineData("residual_multiplier", "0.5")]
    [InlineData("hidden_act", "\"gelu\"")]
    [InlineData("rope_scaling", "{\"rope_type\":\"yarn\",\"factor\":4}")]
    [InlineData("mlp_bias", "true")]
    [InlineData("num_local_experts", "8")]
    [InlineData("quantization_config", "{}")]
    public void What_is_not_computed_is_refused_by_name(string key, string value)
    {
        Edit(json =>
        {
            string[] path = key.Split('.');
            if (path.Length > 1)
                json = (JsonObject)(json[path[0]] = new JsonObject());
            json[path[^1]] = JsonNode.Parse(value);
        });
        var refused = Assert.Throws<UnsupportedModelException>(() => LlamaModel.Load(_folder));
        Assert.StartsWith(key.Split('.')[^1], refused.Option.Split('.', key.Contains('.', StringComparison.Ordinal) ? 2 : 1)[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sliding_window", "128")] // As long as the longest row: it hides nothing.
    [InlineData("sliding_window", "null")]
    [InlineData("layer_types", "[\"full_attention\",\"full_attention\"]")]
    [InlineData("hidden_act", "\"swish\"")]
    [InlineData("pretraining_tp", "2")] // How Llama 2 was trained, not what it computes.
    [InlineData("rope_scaling", "{\"rope_type\":\"default\"}")]
    [InlineData("partial_rotary_factor", "1.0")]
    [InlineData("logits_scaling", "1")]
    [InlineData("attention_dropout", "0.1")]
    public void An_option_that_changes_nothing_is_accepted(string key, string value)
    {
        Edit(json => json[key] = JsonNode.Parse(value));
        using var model = LlamaModel.Load(_folder);
        Assert.Null(model.Config.RopeScaling);
    }

    [Theory]
    [InlineData("qwen2", "{\"sliding_window\":64,\"use_sliding_window\":false}", true)]
    [InlineData("qwen2", "{\"sliding_window\":64}", true)]
    [InlineData("qwen2", "{\"sliding_window\":64,\"use_sliding_window\":true}", false)]
    [InlineData("mistral", "{\"sliding_window\":64}", false)]
    [InlineData("mistral", "{\"sliding_window\":4096}", true)]
    public void A_sliding_window_is_refused_where_it_is_in_force(string type, string keys, bool accepted)
    {
        using (var model = TinyModels.Random(TinyModels.Config() with { ModelType = type, QkvBias = type == "qwen2" }))
            model.Save(_folder);
        EditFile("config.json", json =>
        {
            foreach (var (key, value) in JsonNode.Parse(keys)!.AsObject())
                json[key] = value!.DeepClone();
        });
        if (accepted)
            LlamaModel.Load(_folder).Dispose();
        else
            Assert.Equal("sliding_window", Assert.Throws<UnsupportedModelException>(() => LlamaModel.Load(_folder)).Option);
    }

    [Theory]
    [InlineData("{\"factor\":2}", "rope_type")]
    [InlineData("{\"type\":\"linear\"}", "factor")]
    [InlineData("{\"type\":\"linear\",\"factor\":0}", "factor")]
    [InlineData("{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4}", "original_max_position_embeddings")]
    [InlineData("{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4,\"original_max_position_embeddings\":64}", "high_freq_factor")]
    [InlineData("[1]", "rope_scaling")]
    public void A_malformed_rotary_scaling_names_its_key(string scaling, string key)
    {
        Edit(json => json["rope_scaling"] = JsonNode.Parse(scaling));
        Assert.Contains(key, Assert.Throws<ModelFormatException>(() => LlamaModel.Load(_folder)).Reason, StringComparison.Ordinal);
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
    public void Llama_3_1_scales_its_frequencies_as_published()
    {
        // Llama 3.1 8B: base 500000, head 128, factor 8, waves of 8192/4 and shorter kept, of 8192/1 and longer divided.
        var config = TinyModels.Config() with
        {
            HeadSize = 128,
            RopeTheta = 500000,
            RopeScaling = new RopeScaling(RopeScalingType.Llama3, 8) { LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalMaxPositions = 8192 },
        };
        double[] plain = RopeScaling.Frequencies(config with { RopeScaling = null }), scaled = RopeScaling.Frequencies(config);
        for (int i = 0; i < 64; i++)
        {
            double wave = 2 * Math.PI / plain[i];
            if (wave < 2048)
                Assert.Equal(plain[i], scaled[i]);
            else if (wave > 8192)
                Assert.Equal(plain[i] / 8, scaled[i]);
            else
                Assert.InRange(scaled[i], plain[i] / 8, plain[i]);
        }

        Assert.True(scaled.Zip(scaled.Skip(1)).All(pair => pair.First > pair.Second));
    }

    [Fact]
    public void Quantised_weights_stay_frozen_and_what_is_not_finite_is_named()
    {
        using (var model = TinyModels.Random(TinyModels.Config()))
        {
            model.Save(_folder, StorageFormat.F32);
            using var quantised = LlamaModel.Load(_folder, WeightQuantization.Nf4);
            Assert.Throws<InvalidOperationException>(quantised.MakeTrainable);
            Assert.Equal(StorageTypes(quantised).Order(), ["F32", "Nf4"]);
            var weight = model.MakeTrainable().Find("model.layers.1.mlp.up_proj.weight");
            weight.Value[7] = float.PositiveInfinity;
            model.Save(_folder, StorageFormat.F32);
        }

        var refused = Assert.Throws<ModelFormatException>(() => LlamaModel.Load(_folder, WeightQuantization.Nf4));
        Assert.Contains("model.layers.1.mlp.up_proj.weight", refused.Reason, StringComparison.Ordinal);
    }

    private static IEnumerable<string> StorageTypes(LlamaModel model) => LlamaWeightNames.All(model.Config)
        .Where(w => w.Shape.Length == 2).Select(w => model.Matrix(w.Name).Type.ToString()).Distinct();

    [Fact]
    public void Missing_files_are_named()
    {
        Assert.Throws<ModelFormatException>(() => LlamaModel.Load(_folder));
        Edit(_ => { });
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        Assert.Throws<SafetensorsException>(() => LlamaModel.Load(_folder));
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
