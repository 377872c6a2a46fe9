using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Training;

namespace ModelOps.Pipeline.Tests;

/// <summary>What retrains and what does not.</summary>
public sealed class TrainingKeyTests
{
    private static readonly BaseModelIdentity s_base = new(default, Digest.Of("w"u8), Digest.Of("t"u8), Digest.Of("c"u8), new KeyFields().Add("hidden_size", 4), []);

    [Theory]
    [InlineData(Names.FineTuneMethod, "full")]
    [InlineData(Names.FineTuneMethod, "qlora")]
    [InlineData(Names.FineTuneMethod, "dpo")]
    [InlineData(Names.EarlyStoppingPatience, "3")]
    [InlineData(Names.LoadBestModelAtEnd, "true")]
    [InlineData(Names.LoraRank, "8")]
    [InlineData(Names.LoraAlpha, "16")]
    [InlineData(Names.LoraDropout, "0.1")]
    [InlineData(Names.LoraTargetModules, "q_proj")]
    [InlineData(Names.UseRsLora, "true")]
    [InlineData(Names.LearningRate, "2e-4")]
    [InlineData(Names.LearningRateSchedule, "linear")]
    [InlineData(Names.WarmupRatio, "0.1")]
    [InlineData(Names.Epochs, "4")]
    [InlineData(Names.MaxSteps, "10")]
    [InlineData(Names.BatchSize, "8")]
    [InlineData(Names.GradientAccumulationSteps, "2")]
    [InlineData(Names.MaxGradNorm, "0.5")]
    [InlineData(Names.WeightDecay, "0.01")]
    [InlineData(Names.Seed, "43")]
    [InlineData(Names.MaxSequenceLength, "256")]
    [InlineData(Names.PreserveDataOrder, "true")]
    public void Hyper_parameter_retrains(string name, string value) => Assert.NotEqual(Key(), Key((name, value)));

    [Theory]
    [InlineData(Names.LearningRate, "0.001")]
    [InlineData(Names.LoraTargetModules, " v_proj, q_proj ")]
    [InlineData(Names.FineTuneMethod, "LoRA")]
    [InlineData(Names.QuantizationType, "int8")] // Nothing but qlora quantises.
    [InlineData(Names.DpoBeta, "0.5")] // Nothing but dpo has a beta.
    [InlineData(Names.EvaluationSteps, "10")] // Where nothing is chosen, measuring changes nothing.
    [InlineData(Names.EarlyStoppingThreshold, "0.1")]
    [InlineData(Names.Epochs, "03")]
    [InlineData(Names.MaxNewTokens, "64")]
    [InlineData(Names.RepetitionPenalty, "1.2")]
    [InlineData(Names.ModelOpsGates, "false")]
    [InlineData(Names.ModelOpsForce, "true")]
    [InlineData(Names.ModelOpsHome, "/elsewhere")]
    [InlineData(Names.BaseModel, "/the/same/model/elsewhere")]
    public void Spelling_and_circumstance_do_not(string name, string value) => Assert.Equal(Key(), Key((name, value)));

    [Fact]
    public void Rank_is_no_part_of_a_full_fine_tune()
        => Assert.Equal(Key((Names.FineTuneMethod, "full")), Key((Names.FineTuneMethod, "full"), (Names.LoraRank, "8")));

    [Fact]
    public void Quantisation_is_part_of_qlora_and_of_nothing_else()
    {
        Assert.NotEqual(Key((Names.FineTuneMethod, "qlora")), Key((Names.FineTuneMethod, "qlora"), (Names.QuantizationType, "int8")));
        Assert.NotEqual(Key((Names.FineTuneMethod, "qlora")), Key((Names.FineTuneMethod, "qlora"), (Names.LoraRank, "8")));
        Assert.Equal(Key((Names.FineTuneMethod, "full")), Key((Names.FineTuneMethod, "full"), (Names.QuantizationType, "int8")));
    }

    [Fact]
    public void Beta_and_label_smoothing_are_part_of_dpo()
    {
        (string, string) dpo = (Names.FineTuneMethod, "dpo");
        Assert.NotEqual(Key(dpo), Key(dpo, (Names.DpoBeta, "0.5")));
        Assert.NotEqual(Key(dpo), Key(dpo, (Names.DpoLabelSmoothing, "0.1")));
        Assert.NotEqual(Key(dpo), Key((Names.FineTuneMethod, "dpo-full")));
        Assert.Equal(Key((Names.FineTuneMethod, "dpo-full")), Key((Names.FineTuneMethod, "dpo-full"), (Names.LoraRank, "8")));
    }

    [Theory]
    [InlineData(Names.EarlyStoppingPatience, "2")]
    [InlineData(Names.LoadBestModelAtEnd, "true")]
    public void Validation_rows_retrain_where_they_choose_and_nowhere_else(string name, string value)
    {
        Assert.Equal(Validated("rows"), Validated("other rows"));
        Assert.Equal(Validated("rows"), Key());
        Assert.NotEqual(Validated("rows", (name, value)), Validated("other rows", (name, value)));
        Assert.Equal(Validated("rows", (name, value)), Validated("rows", (name, value)));
        Assert.NotEqual(Validated("rows", (name, value)), Validated("rows", (name, value), (Names.EvaluationSteps, "10")));
    }

    [Fact]
    public void Early_stopping_chooses_the_best_weights_in_any_case()
    {
        Assert.Equal(Key((Names.EarlyStoppingPatience, "2")), Key((Names.EarlyStoppingPatience, "2"), (Names.LoadBestModelAtEnd, "true")));
        Assert.NotEqual(Key((Names.EarlyStoppingPatience, "2")), Key((Names.EarlyStoppingPatience, "2"), (Names.EarlyStoppingThreshold, "0.1")));
    }

    [Fact]
    public void Rows_and_base_model_retrain()
    {
        Assert.NotEqual(Key(), Key(s_base, "other rows"));
        Assert.NotEqual(Key(), Key(s_base with { Weights = Digest.Of("x"u8) }, "rows"));
        Assert.NotEqual(Key(), Key(s_base with { ChatTemplate = Digest.Of("x"u8) }, "rows"));
        Assert.NotEqual(Key(), Key(s_base with { Tokenizer = Digest.Of("x"u8) }, "rows"));
        Assert.Equal(Key(), Key(s_base with { Files = ["/elsewhere"] }, "rows"));
    }

    [Fact]
    public void Every_option_of_training_is_in_the_key()
    {
        // CheckpointEverySteps changes no result.
        string json = System.Text.Encoding.UTF8.GetString(File(s_base, "rows", (Names.FineTuneMethod, "dpo-qlora"), (Names.EarlyStoppingPatience, "2")).Fields.ToCanonicalJson());
        foreach (string name in typeof(Core.Protocol.TrainOptions).GetProperties().Select(p => p.Name).Except(["CheckpointEverySteps", "ChoosesByValidation"]))
        {
            string field = name switch { "Method" or "Objective" => "fineTuneMethod", "Schedule" => "learningRateSchedule", "TargetModules" => "loraTargetModules", _ => char.ToLowerInvariant(name[0]) + name[1..] };
            Assert.Contains($"\"{field}\":", json, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_cluster_is_in_no_key()
    {
        Assert.Equal(Key(), Key((Names.Trainer, "slurm")));
        Assert.Equal(Key(), Key((Names.Trainer, "slurm"), (Names.SlurmOptions, "--gres=gpu:1"), (Names.SlurmExport, "HF_HOME"), (Names.SlurmDirectory, "/shared")));
        (string, string)[] tool = [(Names.TrainerVersion, "0.18.0")];
        Assert.Equal(Key([(Names.Trainer, "axolotl"), .. tool]), Key([(Names.Trainer, "slurm"), (Names.SlurmTrainer, "axolotl"), .. tool]));
    }

    [Fact]
    public void A_tools_key_holds_what_it_is_told_and_who_it_is()
    {
        (string, string)[] tool = [(Names.Trainer, "axolotl"), (Names.TrainerVersion, "0.18.0")];
        ActionKey key = Key(tool);
        Assert.Equal(key, Key([.. tool, (Names.LlamaFactoryTemplate, "qwen3"), (Names.DpoBeta, "0.7"), (Names.QuantizationType, "int8")]));
        Assert.Equal(key, TrainingKey.Of(Typed(tool), s_base, new DatasetManifest([Set(DatasetKind.Training, "rows"), Set(DatasetKind.Validation, "v")])).Key);
        Assert.Equal(12, new[]
        {
            key, Key(), Key([(Names.Trainer, "axolotl"), (Names.TrainerVersion, "0.18.1")]), Key([(Names.Trainer, "trl"), (Names.TrainerVersion, "1.10.0")]),
            Key([.. tool, (Names.TrainCommand, "accelerate launch -m axolotl.cli.train")]), Key([.. tool, (Names.LearningRate, "1e-4")]), Key([.. tool, (Names.Seed, "1")]),
            Key([.. tool, (Names.FineTuneMethod, "qlora")]), Key([.. tool, (Names.FineTuneMethod, "dpo")]), Key(s_base, "other rows", tool), Key(s_base with { Weights = Digest.Of("x"u8) }, "rows", tool),
            TrainingKey.Of(Typed(tool), s_base, new DatasetManifest([Set(DatasetKind.Training, "rows")]), Digest.Of("lock"u8).ToString()).Key,
        }.Distinct().Count());
    }

    private static ActionKey Key(params (string, string)[] settings) => Key(s_base, "rows", settings);

    private static ActionKey Key(BaseModelIdentity model, string rows, params (string, string)[] settings) => File(model, rows, settings).Key;

    private static ActionKey Validated(string validation, params (string, string)[] settings)
        => TrainingKey.Of(Typed(settings), s_base, new DatasetManifest([Set(DatasetKind.Training, "rows"), Set(DatasetKind.Validation, validation)])).Key;

    private static FingerprintFile File(BaseModelIdentity model, string rows, params (string, string)[] settings)
        => TrainingKey.Of(Typed(settings), model, new DatasetManifest([Set(DatasetKind.Training, rows)]));

    private static TypedSettings Typed((string, string)[] settings)
        => TypedSettings.Parse(TestInputs.Of("/p/p.csproj", settings), _ => default(SourceLocation), new TestLog())!;

    private static DatasetSet Set(DatasetKind kind, string rows) => new(kind, RowOrder.Canonical, Digest.Of(System.Text.Encoding.UTF8.GetBytes(rows)), [], []);
}
