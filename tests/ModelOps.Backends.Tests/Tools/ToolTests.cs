using System.Text.Json.Nodes;
using ModelOps.Backends.Tests.Clusters;
using ModelOps.Backends.Tools;

namespace ModelOps.Backends.Tests.Tools;

/// <summary>What tools are told, field by field, and what is read from their logs.</summary>
public sealed class ToolTests : IDisposable
{
    private static readonly TrainOptions s_options = new() { TargetModules = ["v_proj", "q_proj"], LearningRate = 1e-5, LoraDropout = 0.05, MaxSteps = 7, CheckpointEverySteps = 20, Schedule = "constant" };
    private static readonly ToolPaths s_paths = new("/m", "/d", "/r");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Axolotl_is_told_every_setting()
        => Told(new AxolotlTool(), s_options, """
            {"base_model":"/m","chat_template":"tokenizer_default","datasets":[{"path":"/d/train.jsonl","ds_type":"json","type":"chat_template","field_messages":"messages",
             "message_property_mappings":{"role":"role","content":"content"},"roles_to_train":["assistant"],"train_on_eos":"turn"}],"dataset_prepared_path":"/d/prepared","val_set_size":0,"output_dir":"/r",
             "adapter":"lora","load_in_4bit":false,"load_in_8bit":false,"lora_r":16,"lora_alpha":32,"lora_dropout":0.05,"lora_target_modules":["q_proj","v_proj"],"peft_use_rslora":false,
             "sequence_len":512,"sample_packing":false,"micro_batch_size":16,"gradient_accumulation_steps":1,"num_epochs":3,"learning_rate":0.00001,"lr_scheduler":"constant_with_warmup",
             "warmup_ratio":0.05,"optimizer":"adamw_torch","weight_decay":0,"max_grad_norm":1,"seed":42,"bf16":"auto","logging_steps":1,"save_steps":20,"auto_resume_from_checkpoints":true,"max_steps":7}
            """);

    [Fact]
    public void Axolotl_is_told_of_preferences_and_quantised_models()
    {
        JsonObject told = new AxolotlTool().Configure(s_options with { Objective = "dpo", Method = "qlora", DpoBeta = 0.2 }, s_paths, "");
        Assert.Equal(("dpo", 0.2m, "qlora", true), ((string)told["rl"]!, (decimal)told["rl_beta"]!, (string)told["adapter"]!, (bool)told["load_in_4bit"]!));
        Assert.Equal("""{"path":"/d/train.jsonl","ds_type":"json","type":"chat_template.default","field_messages":"messages","message_property_mappings":{"role":"role","content":"content"},"field_chosen":"chosen","field_rejected":"rejected"}""", told["datasets"]![0]!.ToJsonString());
        JsonObject eight = new AxolotlTool().Configure(s_options with { Method = "qlora", QuantizationType = "int8" }, s_paths, "");
        Assert.Equal(("lora", false, true), ((string)eight["adapter"]!, (bool)eight["load_in_4bit"]!, (bool)eight["load_in_8bit"]!));
    }

    [Fact]
    public void LlamaFactory_is_told_every_setting()
    {
        var tool = new LlamaFactoryTool();
        Told(tool, s_options with { Objective = "dpo" }, """
            {"model_name_or_path":"/m","trust_remote_code":false,"stage":"dpo","do_train":true,"finetuning_type":"lora","lora_rank":16,"lora_alpha":32,"lora_dropout":0.05,"lora_target":"q_proj,v_proj",
             "dataset":"modelops","dataset_dir":"/d","template":"qwen3","cutoff_len":512,"output_dir":"/r","overwrite_output_dir":true,"logging_steps":1,"save_steps":20,"report_to":"none",
             "per_device_train_batch_size":16,"gradient_accumulation_steps":1,"learning_rate":0.00001,"num_train_epochs":3,"lr_scheduler_type":"constant_with_warmup","warmup_ratio":0.05,
             "weight_decay":0,"max_grad_norm":1,"optim":"adamw_torch","seed":42,"bf16":true,"pref_beta":0.1,"pref_loss":"sigmoid","max_steps":7}
            """);
        (string name, JsonObject info) = Assert.Single(tool.DataFiles(s_options with { Objective = "dpo" }));
        Assert.Equal("dataset_info.json", name);
        Assert.Equal("""{"modelops":{"file_name":"train.jsonl","formatting":"sharegpt","ranking":true,"columns":{"messages":"messages","chosen":"chosen","rejected":"rejected"},"tags":{"role_tag":"role","content_tag":"content","user_tag":"user","assistant_tag":"assistant","system_tag":"system"}}}""", info.ToJsonString());
        Assert.DoesNotContain("chosen", Assert.Single(tool.DataFiles(s_options)).Content.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Trl_is_told_every_setting() => Told(new TrlTool(), s_options with { Method = "qlora", UseRsLora = true, Schedule = "cosine" }, """
        {"model_name_or_path":"/m","datasets":[{"path":"json","data_files":"/d/train.jsonl"}],"output_dir":"/r","use_peft":true,"lora_r":16,"lora_alpha":32,"lora_dropout":0.05,
         "lora_target_modules":["q_proj","v_proj"],"use_rslora":true,"load_in_4bit":true,"load_in_8bit":false,"max_length":512,"per_device_train_batch_size":16,"gradient_accumulation_steps":1,
         "num_train_epochs":3,"learning_rate":0.00001,"lr_scheduler_type":"cosine","warmup_ratio":0.05,"optim":"adamw_torch","weight_decay":0,"max_grad_norm":1,"seed":42,"logging_steps":1,
         "save_steps":20,"report_to":"none","assistant_only_loss":true,"packing":false,"max_steps":7}
        """);

    /// <summary>Every hyper-parameter is told or refused: one that moves nothing at all would be dropped silently.</summary>
    [Theory]
    [InlineData("axolotl")]
    [InlineData("llamafactory")]
    [InlineData("trl")]
    [InlineData("command")]
    public void No_setting_is_dropped(string name)
    {
        TrainingTool tool = TrainingTool.Find(name)!;
        (string Setting, TrainOptions Options)[] moved =
        [
            ("Method", s_options with { Method = "qlora" }), ("Method", s_options with { Method = "full" }), ("Objective", s_options with { Objective = "dpo" }),
            ("DpoBeta", Pairs(s_options with { DpoBeta = 0.3 })), ("DpoLabelSmoothing", Pairs(s_options with { DpoLabelSmoothing = 0.1 })),
            ("QuantizationType", s_options with { Method = "qlora", QuantizationType = "int8" }), ("LoraRank", s_options with { LoraRank = 5 }), ("LoraAlpha", s_options with { LoraAlpha = 5 }),
            ("LoraAlpha", s_options with { LoraAlpha = 5.5 }), ("LoraDropout", s_options with { LoraDropout = 0.2 }), ("TargetModules", s_options with { TargetModules = ["o_proj"] }),
            ("UseRsLora", s_options with { UseRsLora = true }), ("LearningRate", s_options with { LearningRate = 2e-5 }), ("Schedule", s_options with { Schedule = "linear" }),
            ("WarmupRatio", s_options with { WarmupRatio = 0 }), ("Epochs", s_options with { Epochs = 9 }), ("MaxSteps", s_options with { MaxSteps = 0 }), ("BatchSize", s_options with { BatchSize = 2 }),
            ("GradientAccumulationSteps", s_options with { GradientAccumulationSteps = 2 }), ("MaxGradNorm", s_options with { MaxGradNorm = 0.5 }), ("WeightDecay", s_options with { WeightDecay = 0.1 }),
            ("Seed", s_options with { Seed = 7 }), ("Seed", s_options with { Seed = ulong.MaxValue }), ("MaxSequenceLength", s_options with { MaxSequenceLength = 99 }),
            ("PreserveDataOrder", s_options with { PreserveDataOrder = true }), ("LoadBestModelAtEnd", s_options with { LoadBestModelAtEnd = true }), ("EarlyStoppingPatience", s_options with { EarlyStoppingPatience = 2 }),
        ];
        Assert.All(moved, m =>
        {
            TrainOptions before = m.Options.Objective == "dpo" && m.Setting != "Objective" ? Pairs(s_options) : m.Setting == "QuantizationType" ? s_options with { Method = "qlora" } : s_options;
            bool told = Text(tool, before) != Text(tool, m.Options), refused = tool.Check(m.Options).Any();
            Assert.True(told || refused, $"{m.Setting} means nothing to {name}");
        });
        Assert.Empty(tool.Check(s_options));
        Assert.Equal(Text(tool, s_options with { TargetModules = ["q_proj", "v_proj"] }) == Text(tool, s_options), name != "command");
    }

    [Fact]
    public void Numbers_are_numbers_to_every_reader_of_yaml()
    {
        string text = Text(new AxolotlTool(), s_options with { LearningRate = 1.5e-7, WeightDecay = 1e-12 });
        Assert.Contains("\"learning_rate\":0.00000015,", text, StringComparison.Ordinal);
        Assert.Contains("\"weight_decay\":0.000000000001,", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Logs_of_transformers_are_read()
    {
        var progress = new ProgressLog();
        var log = new ToolLog("Train", _folder["trainer.log"], progress);
        log.Begin();
        log.Error("  5%|\u258C         | 1/20 [00:01<00:19,  1.00s/it]");
        log.Output("{'loss': 2.5, 'grad_norm': 1.25, 'learning_rate': 0.001, 'epoch': 0.1}");
        log.Error(" 10%|\u2588         | 2/20 [00:02<00:18,  1.00s/it]");
        log.Output("  10%|\u2588   | 2/20 [00:02<00:18]{'loss': '1.75', 'grad_norm': '0.5', 'epoch': '0.2'}");
        log.Output("{'eval_loss': 9.0, 'epoch': 0.2}");
        log.Output("{'train_runtime': 12.0, 'train_loss': 0.5, 'epoch': 1.0}");
        log.Output("##vso[task.complete] \u001b[31mred");
        Assert.Equal([2.5, 1.75], log.Losses);
        Assert.Equal("2/20 loss 1.750", progress.Steps[^1]);
        Assert.False(log.HasDiverged);
        Assert.DoesNotContain(progress.Lines, l => l.Contains("##vso", StringComparison.Ordinal) || l.Contains('\u001b', StringComparison.Ordinal));
        Assert.Contains("##vso", File.ReadAllText(_folder["trainer.log"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'loss': nan, 'epoch': 0.1}")]
    [InlineData("{'loss': 'nan', 'epoch': 0.1}")]
    [InlineData("{'loss': inf}")]
    [InlineData("{\"loss\": NaN}")]
    public void A_loss_that_is_no_number_is_seen(string line)
    {
        var log = new ToolLog("Train", _folder["trainer.log"], new MessageLog());
        log.Output(line);
        Assert.True(log.HasDiverged);
    }

    [Fact]
    public void A_command_may_speak_the_workers_protocol()
    {
        var progress = new ProgressLog();
        var log = new ToolLog("Train", _folder["trainer.log"], progress);
        log.Output("""{"event":"progress","step":3,"steps":9,"loss":0.5}""");
        log.Output("""{"event":"nothing like it"}""");
        Assert.Equal(["3/9 loss 0.500"], progress.Steps);
    }

    /// <summary>No line that a tool may print ends the build by itself.</summary>
    [Fact]
    public void Any_line_is_taken()
    {
        var log = new ToolLog("Train", _folder["trainer.log"], new MessageLog());
        var chance = new Random(8);
        string[] parts = ["{'loss':", "nan", "1e", "}", "%|", "| ", "999999999999999999999/", "3/4 [", "{\"event\":", "\"progress\"", "\u0000", "\ud800", "'", " "];
        for (int i = 0; i < Soak.Count(2000, 200_000); i++)
        {
            log.Output(string.Concat(Enumerable.Range(0, chance.Next(8)).Select(_ => parts[chance.Next(parts.Length)])));
        }
    }

    [Theory]
    [InlineData("axolotl", """{"messages":[{"role":"user","content":"a"}],"chosen":{"role":"assistant","content":"b"},"rejected":{"role":"assistant","content":"c"}}""")]
    [InlineData("trl", """{"prompt":[{"role":"user","content":"a"}],"chosen":[{"role":"assistant","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}""")]
    public void Pairs_have_the_shape_that_a_tool_reads(string tool, string written)
        => Assert.Equal(written, Rows(tool, """{"id":"x","prompt":[{"role":"user","content":"a"}],"chosen":[{"role":"assistant","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}"""));

    [Fact]
    public void Conversations_stay_as_they_are() => Assert.Equal("""{"messages":[{"role":"user","content":"\"é\n"},{"role":"assistant","content":"b"}]}""", Rows("llamafactory", """{"id":"x","messages":[{"role":"user","content":"\"é\n"},{"role":"assistant","content":"b"}]}"""));

    [Theory]
    [InlineData("trl", """{"messages":[{"role":"user","content":"a","tool_calls":[]}]}""", "tool_calls")]
    [InlineData("trl", """{"messages":[{"role":"user","content":"a"}],"tools":[]}""", "tools")]
    [InlineData("axolotl", """{"prompt":[],"chosen":[{"role":"assistant","content":"b"},{"role":"user","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}""", "one message")]
    public void A_row_that_would_lose_something_is_refused(string tool, string row, string words)
    {
        DiagnosticException failure = Assert.Throws<DiagnosticException>(() => Rows(tool, row));
        Assert.Equal("MOPS3188", failure.Diagnostic.Code);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    private string Rows(string tool, string row)
    {
        ToolRows.Write(TrainingTool.Find(tool)!, _folder.Write("rows.jsonl", row + "\n"), _folder["out.jsonl"], "/p/p.csproj");
        return File.ReadAllText(_folder["out.jsonl"]).TrimEnd('\n');
    }

    private static TrainOptions Pairs(TrainOptions options) => options with { Objective = "dpo" };

    private static string Text(TrainingTool tool, TrainOptions options) => tool.Configure(options, ToolPaths.None, "qwen3").ToJsonString();

    private static void Told(TrainingTool tool, TrainOptions options, string expected)
        => Assert.Equal(Sorted(JsonNode.Parse(expected)!.AsObject()), Sorted(tool.Configure(options, s_paths, "qwen3")));

    private static string[] Sorted(JsonObject json) => [.. json.Select(m => $"{m.Key}: {m.Value?.ToJsonString()}").Order(StringComparer.Ordinal)];

    private sealed class ProgressLog : IStageLog
    {
        public List<string> Steps { get; } = [];

        public List<string> Lines { get; } = [];

        public void Report(Diagnostic diagnostic)
        {
        }

        public void Message(string text, bool important = false) => Lines.Add(text);

        public void Progress(StageProgress progress) => Steps.Add($"{progress.Done}/{progress.Total} {progress.Detail}");
    }
}
