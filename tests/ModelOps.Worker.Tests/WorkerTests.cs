using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Worker.Tests;

public sealed partial class WorkerTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly TrainOptions s_options = new()
    {
        LoraRank = 4, LearningRate = 0.01, Epochs = 2, BatchSize = 2, MaxSequenceLength = 128, TargetModules = ["q_proj", "v_proj"], Schedule = "constant",
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("worker-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Training_writes_an_adapter_that_generation_and_scoring_use()
    {
        using var training = WorkerRun.Complete(Training(), _folder);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors", "training.json"], Files("adapter"));
        Assert.Equal(4, training.Result.Steps);
        Assert.Equal(4, training.Result.Rows);
        Assert.True(training.Result.TrainableParameters > 0);
        Assert.Contains(training.Events, e => e is ProgressEvent { Step: 4, Steps: 4 });
        Assert.Contains(training.Events, e => e is MetricEvent { Name: "validation_loss", Epoch: 2 });
        var record = JsonElement.Parse(File.ReadAllText(In("adapter/training.json")));
        Assert.Equal(4, record.GetProperty("steps").GetArrayLength());
        Assert.Equal(2, record.GetProperty("epochs").GetArrayLength());

        double before = Score(null), after = Score(In("adapter"));
        Assert.True(after < before - 1, $"{before} -> {after}");
        Assert.NotEqual(Answers(null), Answers(In("adapter")));
        AssertLikeliest(null, In("adapter"));
    }

    [Fact]
    public void The_same_request_gives_the_same_bytes_with_any_number_of_threads()
    {
        WorkerRun.Complete(Training() with { Threads = 1 }, _folder).Dispose();
        WorkerRun.Complete(Training() with { Threads = 3, Output = In("again") }, _folder).Dispose();
        foreach (string file in Files("adapter"))
            Assert.Equal(File.ReadAllBytes(In($"adapter/{file}")), File.ReadAllBytes(In($"again/{file}")));
    }

    [Fact]
    public void Full_training_writes_a_model_folder_that_answers()
    {
        var request = Training() with { Options = s_options with { Method = "full", LearningRate = 1e-3 }, Output = In("full") };
        WorkerRun.Complete(request, _folder).Dispose();
        Assert.Equal(["chat_template.jinja", "config.json", "model.safetensors", "tokenizer.json", "training.json"], Files("full"));
        using var inspected = WorkerRun.Complete(new InspectRequest { Model = In("full") }, _folder);
        Assert.Equal("llama", inspected.Result.Architecture);
    }

    [Theory]
    [InlineData("nf4")]
    [InlineData("int8")]
    public void Qlora_writes_an_adapter_that_helps_the_quantised_and_the_stored_base(string type)
    {
        var options = s_options with { Method = "qlora", QuantizationType = type };
        WorkerRun.Complete(Training() with { Options = options, Threads = 1 }, _folder).Dispose();
        WorkerRun.Complete(Training() with { Options = options, Threads = 3, Output = In("again") }, _folder).Dispose();
        WorkerRun.Complete(Training() with { Output = In("lora") }, _folder).Dispose();
        byte[] adapter = File.ReadAllBytes(In("adapter/adapter_model.safetensors"));
        Assert.Equal(adapter, File.ReadAllBytes(In("again/adapter_model.safetensors")));
        Assert.NotEqual(adapter, File.ReadAllBytes(In("lora/adapter_model.safetensors")));
        Assert.Equal(File.ReadAllBytes(In("lora/adapter_config.json")), File.ReadAllBytes(In("adapter/adapter_config.json")));

        Assert.NotEqual(Score(null), Score(null, type));
        foreach (string? quantization in new[] { null, type })
            Assert.True(Score(In("adapter"), quantization) < Score(null, quantization) - 1);
        WorkerRun.Complete(Generation(In("adapter")) with { Quantization = type }, _folder).Dispose();
        Assert.Equal(2, Lines<AnswerLine>("answers.jsonl").Count);
    }

    [Fact]
    public void Every_prompt_and_repeat_has_one_line_in_order()
    {
        var decoding = new DecodingOptions { MaxNewTokens = 6, Temperature = 1, Seed = 3, Repeats = 3 };
        using var run = WorkerRun.Complete(Generation(null) with { Decoding = decoding }, _folder);
        var lines = Lines<AnswerLine>("answers.jsonl");
        Assert.Equal(["p0/0", "p0/1", "p0/2", "p1/0", "p1/1", "p1/2"], lines.Select(l => $"{l.Id}/{l.Repeat}"));
        Assert.True(lines.Take(3).Select(l => l.Text).Distinct().Count() > 1);
        Assert.All(lines, l => Assert.True(l is { PromptTokens: > 5, CompletionTokens: <= 6, Finish: "stop" or "length", Milliseconds: > 0 }));
        Assert.Equal(2, run.Result.Rows);

        WorkerRun.Complete(Generation(null) with { Decoding = new DecodingOptions { MaxNewTokens = 4, Repeats = 2 } }, _folder).Dispose();
        var greedy = Lines<AnswerLine>("answers.jsonl");
        Assert.Equal(4, greedy.Count);
        Assert.Equal(greedy[0].Text, greedy[1].Text);
    }

    [Fact]
    public void Answers_keep_to_a_schema_and_show_their_tokens()
    {
        var decoding = new DecodingOptions
        {
            MaxNewTokens = 120, RepetitionPenalty = 1.3, TopLogProbabilities = 2,
            // Given values are written compactly; a model that knows nothing fills the space between other tokens as far as it may.
            JsonSchema = JsonElement.Parse("""{"anyOf":[{"enum":[{"label":"a","n":1},{"label":"b","n":2}]},{"type":"integer"}]}"""),
        };
        WorkerRun.Complete(Generation(null) with { Decoding = decoding }, _folder).Dispose();
        foreach (var line in Lines<AnswerLine>("answers.jsonl"))
        {
            Assert.Equal("stop", line.Finish);
            Assert.True(line.Text is """{"label":"a","n":1}""" or """{"label":"b","n":2}""" || long.TryParse(line.Text, out _), line.Text);
            Assert.Equal(line.CompletionTokens, line.Tokens!.Count);
            Assert.All(line.Tokens, t => Assert.True(t.LogProbability <= 0 && t.Top!.Count == 2 && t.Top[0].LogProbability >= t.LogProbability));
        }

        var outside = decoding with { JsonSchema = JsonElement.Parse("""{"type":"object","properties":{"n":{"type":"integer","minimum":3}}}""") };
        var refused = Refused(Generation(null) with { Decoding = outside }, "MOPS3065", WorkerExitCode.BadRequest);
        Assert.Contains("#/properties/n/minimum", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_choose_among_the_adapters_of_a_request()
    {
        WorkerRun.Complete(Training(), _folder).Dispose();
        string alone = Answers(In("adapter")), bare = Answers(null);
        string[] prompts = File.ReadAllLines(Prompts());
        File.WriteAllLines(In("mixed.jsonl"), [prompts[0].Replace("{\"id\"", "{\"adapter\":\"tuned\",\"id\"", StringComparison.Ordinal), prompts[1]]);
        var request = Generation(null) with { Input = In("mixed.jsonl"), Adapters = new Dictionary<string, string> { ["tuned"] = In("adapter") } };
        WorkerRun.Complete(request, _folder).Dispose();
        Assert.Equal([alone.Split('|')[0], bare.Split('|')[1]], Lines<AnswerLine>("answers.jsonl").Select(l => l.Text));
        var unknown = Refused(request with { Adapters = null }, "MOPS3054", WorkerExitCode.BadData);
        Assert.Equal((In("mixed.jsonl"), 1), (unknown.File, unknown.Line));
    }

    [Fact]
    public void Rows_are_counted_before_anything_is_trained()
    {
        Assert.Equal(TargetModules.Known, Assert.Throws<UnknownTargetModuleException>(() => new TrainingOptions { TargetModules = ["q_prj"] }.Check()).Known);
        using var run = WorkerRun.Complete(
            new InspectRequest { Model = model.Folder, Rows = Rows("train.jsonl", 4), MaxSequenceLength = 20, TargetModules = ["q_proj"], Output = In("lengths.jsonl") }, _folder);
        var lengths = Lines<LengthLine>("lengths.jsonl");
        Assert.Equal(run.Result.Tokens, lengths.Sum(l => (long)l.Tokens));
        Assert.Equal(run.Result.LongestRow, lengths.Max(l => l.Tokens));
        Assert.All(lengths, l => Assert.True(l.Scored > 0 && l.Learned < l.Scored && l.Tokens - l.Scored < l.Tokens, l.ToString()));
        Assert.Equal(4, run.Result.Rows);
        Assert.True(run.Result.LongestRow > 20);
        Assert.Equal(4, run.Result.CutRows);
        Assert.True(run.Result.Tokens > 80);
    }

    [Fact]
    public void People_see_tokens_text_and_mask()
    {
        File.WriteAllText(In("texts.jsonl"), """{"text":"the model"}""" + "\n");
        WorkerRun.Complete(new TokenizeRequest { Model = model.Folder, Input = In("texts.jsonl"), Output = In("ids.jsonl") }, _folder).Dispose();
        Assert.Equal("the model", Lines<JsonElement>("ids.jsonl")[0].GetProperty("decoded").GetString());

        WorkerRun.Complete(new RenderRequest { Model = model.Folder, Input = Prompts(), Output = In("text.jsonl") }, _folder).Dispose();
        Assert.EndsWith("<|im_start|>assistant\n", Lines<JsonElement>("text.jsonl")[0].GetProperty("text").GetString(), StringComparison.Ordinal);

        WorkerRun.Complete(new MaskRequest { Model = model.Folder, Input = Rows("train.jsonl", 2), Output = In("mask.jsonl") }, _folder).Dispose();
        var masked = Lines<JsonElement>("mask.jsonl")[1];
        Assert.Equal("answer is 1<|im_end|>", masked.GetProperty("scored").GetString());
        Assert.Equal(masked.GetProperty("ids").GetArrayLength(), masked.GetProperty("mask").GetArrayLength());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Training_stops_when_it_is_asked_to_and_continues_from_its_checkpoint(bool byStdin)
    {
        var options = s_options with { Epochs = 2000, MaxSteps = 3000, CheckpointEverySteps = 1 };
        var request = Training() with { Options = options, Checkpoints = In("checkpoints") };
        using var run = WorkerRun.Start(request, _folder, watchesStdin: true);
        run.WaitFor<ProgressEvent>();
        if (byStdin)
            run.CloseInput();
        else
            Process.Start("kill", ["-TERM", run.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        run.Finish(WorkerExitCode.Cancelled);
        Assert.False(Directory.Exists(In("adapter")));
        Assert.DoesNotContain(run.Events, e => e is ResultEvent);
        Assert.NotEmpty(Directory.GetFiles(In("checkpoints")));
        using var resumed = WorkerRun.Start(request, _folder, watchesStdin: true);
        Assert.True(resumed.WaitFor<ProgressEvent>().Step > 1);
        resumed.CloseInput();
        resumed.Finish(WorkerExitCode.Cancelled);
    }

    [Fact]
    public void A_killed_worker_leaves_nothing_that_could_be_taken_for_a_result()
    {
        var options = s_options with { Epochs = 2000, MaxSteps = 3000, CheckpointEverySteps = 1 };
        using var run = WorkerRun.Start(Training() with { Options = options, Checkpoints = In("checkpoints") }, _folder);
        run.WaitFor<ProgressEvent>();
        run.Kill();
        Assert.False(Directory.Exists(In("adapter")));

        // What it computed before is not lost: the next run ends with the same bytes as one that was never disturbed.
        var rest = options with { MaxSteps = 40 };
        var killed = Training() with { Options = rest, Checkpoints = In("short"), Output = In("resumed") };
        using var started = WorkerRun.Start(killed, _folder);
        started.WaitFor<ProgressEvent>();
        started.Kill();
        WorkerRun.Complete(killed, _folder).Dispose();
        WorkerRun.Complete(Training() with { Options = rest, Output = In("undisturbed") }, _folder).Dispose();
        foreach (string file in Files("undisturbed"))
            Assert.Equal(File.ReadAllBytes(In($"undisturbed/{file}")), File.ReadAllBytes(In($"resumed/{file}")));
    }

    private ErrorEvent Refused(WorkerRequest request, string code, int exitCode)
    {
        using var run = WorkerRun.Complete(request, _folder, exitCode);
        Assert.Equal(code, run.Error.Code);
        return run.Error;
    }

    private TrainRequest Training() => new()
    {
        Model = model.Folder, Train = Rows("train.jsonl", 4), Validation = Rows("validation.jsonl", 2), Output = In("adapter"), Options = s_options,
    };

    private GenerateRequest Generation(string? adapter) => new()
    {
        Model = model.Folder, Adapter = adapter, Input = Prompts(), Output = In("answers.jsonl"), Decoding = new DecodingOptions { MaxNewTokens = 12 },
    };

    private double Score(string? adapter, string? quantization = null)
    {
        WorkerRun.Complete(new ScoreRequest { Model = model.Folder, Adapter = adapter, Quantization = quantization, Input = Rows("train.jsonl", 4), Output = In("scores.jsonl") }, _folder).Dispose();
        var lines = Lines<ScoreLine>("scores.jsonl");
        Assert.Equal(["r0", "r1", "r2", "r3"], lines.Select(l => l.Id));
        Assert.All(lines, l => Assert.True(l.Tokens > 3));
        return lines.Sum(l => l.NegativeLogLikelihood);
    }

    /// <summary>Who has more than half of the probability is likeliest, who has less than a vocabulary's share is not.</summary>
    private void AssertLikeliest(string? without, string with)
    {
        foreach (string? adapter in new[] { without, with })
        {
            WorkerRun.Complete(new ScoreRequest { Model = model.Folder, Adapter = adapter, PerToken = true, Input = Rows("train.jsonl", 4), Output = In("scores.jsonl") }, _folder).Dispose();
            var lines = Lines<ScoreLine>("scores.jsonl");
            int words = JsonElement.Parse(File.ReadAllText(Path.Combine(model.Folder, "config.json"))).GetProperty("vocab_size").GetInt32();
            Assert.All(lines, l => Assert.InRange(l.Likeliest!.Value, l.LogProbabilities!.Count(p => p > Math.Log(0.5)), l.LogProbabilities!.Count(p => p >= -Math.Log(words) - 1e-4)));
        }
    }

    private string Answers(string? adapter)
    {
        WorkerRun.Complete(Generation(adapter), _folder).Dispose();
        return string.Join('|', Lines<AnswerLine>("answers.jsonl").Select(l => l.Text));
    }

    private string Rows(string name, int count)
    {
        File.WriteAllLines(In(name), Enumerable.Range(0, count).Select(i =>
            $$"""{"id":"r{{i}}","messages":[{"role":"user","content":"question number {{i}}"},{"role":"assistant","content":"answer is {{i}}"}]}"""));
        return In(name);
    }

    private string Prompts()
    {
        File.WriteAllLines(In("prompts.jsonl"), Enumerable.Range(0, 2).Select(i => $$"""{"id":"p{{i}}","messages":[{"role":"user","content":"question number {{i}}"}]}"""));
        return In("prompts.jsonl");
    }

    private string LongPrompt()
    {
        File.WriteAllText(In("long.jsonl"), $$"""{"id":"p","messages":[{"role":"user","content":"{{new string('x', 400)}}"}]}""");
        return In("long.jsonl");
    }

    private string CopyOfModel(string template)
    {
        string copy = Directory.CreateDirectory(In($"model-{Guid.NewGuid():N}")).FullName;
        foreach (string file in Directory.GetFiles(model.Folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(copy, "chat_template.jinja"), template);
        return copy;
    }

    private string[] Files(string folder) => [.. Directory.GetFiles(In(folder)).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private List<T> Lines<T>(string name) => [.. File.ReadLines(In(name)).Select(l => JsonSerializer.Deserialize<T>(l, WorkerJson.Options)!)];

    private string In(string name) => Path.Combine(_folder, name);
}
