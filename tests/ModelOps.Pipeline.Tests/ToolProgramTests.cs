using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Training;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Tests;

/// <summary>
/// Tools as programs. None of the real ones is here: these are shell scripts that take the configuration they were promised and no other, and write logs and files as the tools do
/// (configuration of the adapter first, weights last).
/// </summary>
public sealed class ToolProgramTests : IDisposable
{
    private static readonly Dictionary<string, string> s_keys = new()
    {
        ["axolotl"] = "adapter auto_resume_from_checkpoints base_model bf16 chat_template dataset_prepared_path datasets gradient_accumulation_steps learning_rate load_in_4bit load_in_8bit logging_steps lora_alpha lora_dropout lora_r lora_target_modules lr_scheduler max_grad_norm micro_batch_size num_epochs optimizer output_dir peft_use_rslora sample_packing save_steps seed sequence_len val_set_size warmup_ratio weight_decay",
        ["llamafactory"] = "bf16 cutoff_len dataset dataset_dir do_train finetuning_type gradient_accumulation_steps learning_rate logging_steps lora_alpha lora_dropout lora_rank lora_target lr_scheduler_type max_grad_norm model_name_or_path num_train_epochs optim output_dir overwrite_output_dir per_device_train_batch_size report_to save_steps seed stage template trust_remote_code warmup_ratio weight_decay",
        ["trl"] = "assistant_only_loss datasets gradient_accumulation_steps learning_rate load_in_4bit load_in_8bit logging_steps lora_alpha lora_dropout lora_r lora_target_modules lr_scheduler_type max_grad_norm max_length model_name_or_path num_train_epochs optim output_dir packing per_device_train_batch_size report_to save_steps seed use_peft use_rslora warmup_ratio weight_decay",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();
    private string _inspection = "";

    public void Dispose() => _folder.Dispose();

    [TheoryUnderShell]
    [InlineData("axolotl", "0.18.0", "train")]
    [InlineData("llamafactory", "0.9.6", "train")]
    [InlineData("trl", "1.10.0", "{objective} --config")]
    public void An_adapter_comes_back_with_its_losses_and_its_environment(string tool, string version, string verb)
    {
        WorkerRun run = Train(tool, version, verb, Steps);
        Assert.Equal((2L, 1.25), (run.Result.Steps!.Value, run.Result.FinalLoss!.Value));
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "environment.txt", "training.json"], Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("""{"format":1,"steps":[{"loss":2.5},{"loss":1.25}]}""" + "\n", File.ReadAllText(_folder["out/training.json"]));
        Assert.DoesNotContain(_folder.Path, File.ReadAllText(_folder["out/adapter_config.json"]), StringComparison.Ordinal);
        Assert.Contains($"{tool}=={version}\n", File.ReadAllText(_folder["out/environment.txt"]), StringComparison.Ordinal);
        Assert.Contains(_log.Steps, s => s is { Done: 2, Total: 2 });
        Assert.Empty(Directory.GetDirectories(_folder["obj/work"]));
    }

    [TheoryUnderShell]
    [InlineData("exit 3", "MOPS3183", "CUDA out of memory")]
    [InlineData("exit 0", "MOPS3184", "adapter_model.safetensors")]
    [InlineData("echo \"{'loss': nan, 'epoch': 0.2}\"; cp -r \"$here/weights\" \"$out/adapter_model.safetensors\"; exit 0", "MOPS3187", "LearningRate")]
    [InlineData("kill -9 $$", "MOPS3183", "137")]
    public void What_goes_wrong_has_its_code_and_keeps_what_was_said(string end, string code, string words)
    {
        DiagnosticException failure = Assert.Throws<DiagnosticException>(() => Train("axolotl", "0.18.0", "train", $"echo 'CUDA out of memory' >&2\n{end}"));
        Assert.Equal(code, failure.Diagnostic.Code);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.Contains("CUDA out of memory", File.ReadAllText(_folder["obj/trainer.log"]), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [FactUnderShell]
    public void Another_version_does_not_train()
    {
        DiagnosticException failure = Assert.Throws<DiagnosticException>(() => Train("axolotl", "0.18.1", "train", Steps, installed: "0.18.0"));
        Assert.Equal("MOPS3182", failure.Diagnostic.Code);
        Assert.Contains("0.18.0 is installed", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["tools/ran"]));
    }

    [FactUnderShell]
    public void A_tool_that_is_not_there_is_named()
    {
        Assert.Equal("MOPS3185", Assert.Throws<DiagnosticException>(() => Train("axolotl", "0.18.0", "train", Steps, program: "no-such-axolotl train")).Diagnostic.Code);
    }

    [FactUnderShell]
    public void An_adapter_that_the_worker_does_not_take_is_none()
    {
        _inspection = "every lora_B is zero";
        DiagnosticException failure = Assert.Throws<DiagnosticException>(() => Train("axolotl", "0.18.0", "train", Steps));
        Assert.Equal("MOPS3189", failure.Diagnostic.Code);
        Assert.Contains("every lora_B is zero", failure.Message, StringComparison.Ordinal);
    }

    [FactUnderShell]
    public void A_command_gets_the_request_and_leaves_an_adapter()
    {
        const string command = """test -f "$MODELOPS_REQUEST" && test -f "$MODELOPS_TRAIN" && test -d "$MODELOPS_MODEL" && echo '{"event":"progress","step":1,"steps":1,"loss":0.5}' && echo '{"peft_type":"LORA"}' >"$MODELOPS_OUTPUT/adapter_config.json" && echo w >"$MODELOPS_OUTPUT/adapter_model.safetensors" """;
        WorkerRun run = Run(Settings("command", "3", command, ""));
        Assert.Equal(0.5, run.Result.FinalLoss);
        Assert.True(File.Exists(_folder["out/adapter_model.safetensors"]));
    }

    [Theory]
    [InlineData(Names.Trainer, "axolotl", "MOPS3181")]
    [InlineData(Names.TrainerVersion, "0.17.2", "MOPS3181")]
    [InlineData(Names.TrainerVersion, "0.18.", "MOPS3181")]
    [InlineData(Names.Trainer, "command", "MOPS3186")]
    [InlineData(Names.Trainer, "llamafactory", "MOPS3186")]
    public void What_a_tool_needs_to_know_is_asked_for(string name, string value, string code)
    {
        var log = new TestLog();
        (string, string)[] settings = [(Names.Trainer, "axolotl"), (Names.TrainerVersion, value is "llamafactory" ? "0.9.6" : value is "command" ? "1" : ""), (name, value)];
        Assert.Null(TypedSettings.Parse(TestInputs.Of("/p/p.csproj", settings), n => new SourceLocation(n, 7), log));
        Assert.Equal(code, Assert.Single(log.Diagnostics).Code);
    }

    [Fact]
    public void A_cluster_runs_a_tool_under_the_tools_own_key()
    {
        (string, string)[] tool = [(Names.TrainerVersion, "0.18.0"), (Names.SlurmTrainer, "axolotl"), (Names.SlurmOptions, "--gres=gpu:1")];
        TypedSettings here = TypedSettings.Require(TestInputs.Of("/p/p.csproj", [.. tool, (Names.Trainer, "axolotl")]));
        TypedSettings there = TypedSettings.Require(TestInputs.Of("/p/p.csproj", [.. tool, (Names.Trainer, "slurm")]));
        Assert.Equal((here.Trainer, here.Tool), (there.Trainer, there.Tool));
        Assert.Equal(["--gres=gpu:1"], there.Cluster!.Slurm.Resources);
        Assert.Null(here.Cluster);
    }

    // Losses, then the weights.
    private const string Steps = """
        echo ' 50%|#####     | 1/2 [00:01<00:01]' >&2
        echo "{'loss': 2.5, 'grad_norm': 1.0, 'learning_rate': 0.001, 'epoch': 0.5}"
        mkdir -p "$out/checkpoint-1"; echo x >"$out/checkpoint-1/optimizer.pt"
        echo '100%|##########| 2/2 [00:02<00:00]' >&2
        echo "{'loss': 1.25, 'grad_norm': 1.0, 'learning_rate': 0.0, 'epoch': 1.0}"
        cp "$here/weights" "$out/adapter_model.safetensors"
        exit 0
        """;

    private WorkerRun Train(string tool, string version, string verb, string ending, string? installed = null, string? program = null)
    {
        Executable("python", $"echo 'numpy==2.0'; echo '{tool}=={installed ?? version}'");
        _folder.Write("tools/weights", "weights");
        Executable(tool, $$"""
            here=$(dirname "$0"); touch "$here/ran"
            for config; do :; done
            keys=$(sed -n 's/^  "\([a-z0-9_]*\)":.*/\1/p' "$config" | LC_ALL=C sort | tr '\n' ' ')
            [ "$keys" = "{{s_keys[tool]}} " ] || { echo "unknown or missing: $keys" >&2; exit 2; }
            out=$(sed -n 's/^  "output_dir": "\(.*\)",*$/\1/p' "$config")
            mkdir -p "$out"; echo '{"peft_type":"LORA","base_model_name_or_path":"'"$config"'"}' >"$out/adapter_config.json"
            {{ending}}
            """);
        return Run(Settings(tool, version, program ?? $"{_folder[$"tools/{tool}"]} {verb}", tool == "llamafactory" ? "qwen3" : ""));
    }

    private void Executable(string name, string script)
    {
        string path = _folder.Write($"tools/{name}", $"#!/bin/sh\n{script}\n".ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private ProjectInputs Settings(string tool, string version, string command, string template) => TestInputs.Of(_folder["p.csproj"],
        (Names.Trainer, tool), (Names.TrainerVersion, version), (Names.TrainCommand, command), (Names.LlamaFactoryTemplate, template));

    private WorkerRun Run(ProjectInputs inputs)
    {
        var files = new StageFiles(_folder["obj"]);
        TypedSettings settings = TypedSettings.Require(inputs);
        WorkerRun Inspect(WorkerRequest request) => _inspection.Length == 0 ? new WorkerRun(new ResultEvent(), [])
            : throw new DiagnosticException(Diagnostic.Error("MOPS3053", _inspection));
        var request = new TrainRequest(inputs, files, settings, new WorkerHost("worker", "dotnet", files.Work) { InProcess = Inspect }, _folder["store"], null);
        string rows = _folder.Write("rows.jsonl", """{"id":"a","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}""" + "\n");
        Directory.CreateDirectory(files.Work);
        var work = new Core.Protocol.TrainRequest { Model = _folder.Path, Train = rows, Output = _folder["out"], Options = settings.Training };
        var program = new ToolProgram(request, settings.Tool!, _log);
        return LocalProgram.Run(program, work, CancellationToken.None);
    }
}
