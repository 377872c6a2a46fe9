using System.Text.Json;
using System.Text.RegularExpressions;
using ModelOps.Core.Protocol;

namespace ModelOps.Worker.Tests;

/// <summary>A merged model is the model with its adapter, in the weights.</summary>
public sealed class MergeTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("worker-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_finds_every_token_as_likely_as_the_model_with_the_adapter_does_and_is_the_same_bytes_every_time(bool rankStabilised)
    {
        Train(rankStabilised);
        foreach (string name in (string[])["merged", "again"])
        {
            using var merge = WorkerRun.Complete(new MergeRequest { Model = model.Folder, Adapter = In("adapter"), Output = In(name), Threads = name == "again" ? 1 : 2 }, _folder);
        }

        double[] plain = Score("plain", model.Folder, null), adapted = Score("adapted", model.Folder, In("adapter")), merged = Score("of-merged", In("merged"), null);

        Assert.Equal(File.ReadAllBytes(In("merged/model.safetensors")), File.ReadAllBytes(In("again/model.safetensors")));
        Assert.All(adapted.Zip(merged), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        Assert.Contains(adapted.Zip(plain), pair => Math.Abs(pair.First - pair.Second) > 0.1);
        Assert.Equal(
            Directory.GetFiles(model.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal), Directory.GetFiles(In("merged")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused_and_nothing_is_left()
    {
        Train(rankStabilised: false);
        File.WriteAllText(In("adapter/adapter_config.json"), Regex.Replace(File.ReadAllText(In("adapter/adapter_config.json")), @"""r"":\s*4", "\"r\": 8"));

        using var run = WorkerRun.Complete(new MergeRequest { Model = model.Folder, Adapter = In("adapter"), Output = In("merged") }, _folder, WorkerExitCode.BadData);

        Assert.Equal("MOPS3053", run.Error.Code);
        Assert.Empty(Directory.GetDirectories(_folder, "merged*"));
    }

    private void Train(bool rankStabilised)
    {
        Write("train.jsonl", [.. Enumerable.Range(0, 6).Select(i => Row($"t{i}", $"word {i}", $"answer {i % 2}"))]);
        using var train = WorkerRun.Complete(
            new TrainRequest
            {
                Model = model.Folder, Train = In("train.jsonl"), Output = In("adapter"),
                Options = new TrainOptions
                {
                    LoraRank = 4, LearningRate = 0.02, Epochs = 4, BatchSize = 2, MaxSequenceLength = 128, TargetModules = ["q_proj", "v_proj", "o_proj", "gate_proj", "down_proj"],
                    Schedule = "constant", UseRsLora = rankStabilised,
                },
            },
            _folder);
    }

    private double[] Score(string name, string folder, string? adapter)
    {
        using var score = WorkerRun.Complete(new ScoreRequest { Model = folder, Adapter = adapter, Input = In("train.jsonl"), Output = In($"{name}.jsonl") }, _folder);
        return [.. File.ReadLines(In($"{name}.jsonl")).Select(l => JsonSerializer.Deserialize<ScoreLine>(l, WorkerJson.Options)!.NegativeLogLikelihood)];
    }

    private void Write(string file, string[] lines) => File.WriteAllLines(In(file), lines);

    private static string Row(string id, string question, string answer)
        => JsonSerializer.Serialize(new PromptLine(id, [new("user", question), new("assistant", answer)]), WorkerJson.Options);

    private string In(string file) => Path.Combine(_folder, file);
}
