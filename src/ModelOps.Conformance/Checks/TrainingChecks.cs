using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance.Checks;

/// <summary>Supervised fine-tuning: events while it runs, the output that an independent reader takes, and numbers that an independent decoder confirms.</summary>
internal static class TrainingChecks
{
    private static readonly int s_steps = Requests.Epochs * Requests.Rows / Requests.BatchSize;

    public static IReadOnlyList<Check> All { get; } =
    [
        new("lora", "A LoRA run sends progress and metrics, writes a PEFT adapter, and its losses are those of the model.", Lora),
        new("lora-scaling", "Rank-stabilised LoRA is scaled by alpha over the root of the rank.", RankStabilised),
        new("full", "A full run writes a whole model folder whose weights have moved.", Full),
        new("qlora", "A QLoRA run writes an ordinary adapter.", bench =>
        {
            string folder = bench.Folder();
            using Execution run = bench.CompleteIfOffered(Requests.Train(bench, folder, "out", Requests.Options(("method", "qlora"))), "qlora");
            AdapterOutput.Read(Path.Combine(folder, "out"), Requests.Rank, Requests.Alpha, Requests.Targets);
        }),
        new("same-request-same-bytes", "The same request gives the same bytes, whatever the number of threads.", SameBytes),
        new("rows-are-cut", "Rows longer than maxSequenceLength are cut, counted and warned of.", Cut),
        new("validation-decides", "With loadBestModelAtEnd the weights of the lowest validation loss are the result, and training.json says which.", Validation),
        new("schedule", "Warm-up and cosine give the learning rates that their formula says.", Schedule),
    ];

    private static void Lora(Workbench bench)
    {
        string folder = bench.Folder(), output = Path.Combine(folder, "out");
        using Execution run = bench.Complete(Requests.Train(bench, folder, "out", Requests.Options()));
        CheckProgress(run);
        AdapterOutput adapter = AdapterOutput.Read(output, Requests.Rank, Requests.Alpha, Requests.Targets);
        JsonElement record = Record(output);
        JsonElement[] steps = CheckSteps(record, run);
        Expect.Equal(adapter.Tensors.Values.Sum(t => t.Values.LongLength), record.GetProperty("trainableParameters").GetInt64(), "trainableParameters of training.json");
        Expect.Equal(Requests.LearningRate, steps[0].GetProperty("learningRate").GetDouble(), "the learning rate of the first step");
        ExpectLoss(bench, new ReferenceDecoder(bench.Model.Weights), steps[0], [0, 1]);
        Expect.That(steps[^1].GetProperty("loss").GetDouble() < steps[0].GetProperty("loss").GetDouble(), "the loss of a run over rows that can be learnt has not fallen");
        Expect.That(Loss(new ReferenceDecoder(bench.Model.Weights, adapter), 0, 1) < Loss(new ReferenceDecoder(bench.Model.Weights), 0, 1), "the adapter that was written does not lower the loss of the rows that it was trained on");
        Expect.That(!record.TryGetProperty("evaluations", out _), "training.json holds validation losses although they decided nothing");
    }

    private static void RankStabilised(Workbench bench)
    {
        // One step from the same start: with twice the scale, B moves as far (Adam's step has the size of the rate) and A's gradient is still zero.
        double Change(bool stabilised)
        {
            string folder = bench.Folder();
            using Execution run = bench.Complete(Requests.Train(bench, folder, "out", Requests.Options(("useRsLora", stabilised), ("maxSteps", 2))));
            return Record(Path.Combine(folder, "out")).GetProperty("steps")[1].GetProperty("loss").GetDouble();
        }

        double plain = Change(false), stabilised = Change(true);
        Expect.That(Math.Abs(plain - stabilised) > 1e-6, "useRsLora changes nothing");
    }

    private static void Full(Workbench bench)
    {
        string folder = bench.Folder(), output = Path.Combine(folder, "out");
        using Execution run = bench.CompleteIfOffered(Requests.Train(bench, folder, "out", Requests.Options(("method", "full"), ("learningRate", 0.005))), "full fine-tuning");
        CheckProgress(run);
        JsonElement[] steps = CheckSteps(Record(output), run);
        Dictionary<string, Tensor> weights = TensorFile.Read(Path.Combine(output, "model.safetensors"));
        Expect.Same(bench.Model.Weights.Keys, weights.Keys, "tensors of model.safetensors");
        foreach (var (name, before) in bench.Model.Weights)
        {
            Expect.That(weights[name].Shape.SequenceEqual(before.Shape), $"{name} has another shape than in the base model");
            Expect.Equal(before.Type, weights[name].Type, $"the element type of {name}");
            Expect.That(!weights[name].Values.SequenceEqual(before.Values), $"{name} has not moved");
        }

        JsonElement config = JsonElement.Parse(File.ReadAllBytes(Path.Combine(output, "config.json")));
        Expect.Equal(TinyFolder.HeadSize, config.GetProperty("head_dim").GetInt32(), "head_dim of config.json");
        Expect.That(File.Exists(Path.Combine(output, "tokenizer.json")), "the tokenizer was not copied");
        ExpectLoss(bench, new ReferenceDecoder(bench.Model.Weights), steps[0], [0, 1]);
        Expect.That(Loss(new ReferenceDecoder(weights), 0, 1) < Loss(new ReferenceDecoder(bench.Model.Weights), 0, 1), "the model that was written does not lower the loss of the rows that it was trained on");
    }

    private static void SameBytes(Workbench bench)
    {
        string folder = bench.Folder();
        foreach (var (output, threads) in new[] { ("one", 1), ("again", 1), ("two", 2) })
        {
            JsonObject request = Requests.Train(bench, folder, output, Requests.Options(("loraDropout", 0.2), ("preserveDataOrder", false)));
            request["threads"] = threads;
            using Execution run = bench.Complete(request);
        }

        ExpectSameFiles(Path.Combine(folder, "one"), Path.Combine(folder, "again"), "a second run");
        ExpectSameFiles(Path.Combine(folder, "one"), Path.Combine(folder, "two"), "a run with two threads");
    }

    private static void Cut(Workbench bench)
    {
        string folder = bench.Folder();
        JsonObject request = Requests.Train(bench, folder, "out", Requests.Options(("maxSequenceLength", 40)));
        File.AppendAllText(Path.Combine(folder, "train.jsonl"), Requests.Line("long", ("user", "q"), ("assistant", new string('a', 60))).ToJsonString() + "\n");
        using Execution run = bench.Complete(request);
        int cut = Enumerable.Range(0, Requests.Rows).Count(i => ByteTokens.Render(Requests.Messages(i)).Tokens.Length > 40) + 1;
        Expect.Equal(cut, run.Result.GetProperty("cutRows").GetInt32(), "cutRows");
        Expect.That(run.Of("log").Any(l => l.GetProperty("level").GetString() == "warning"), "nobody was warned of rows that were cut");
    }

    private static void Validation(Workbench bench)
    {
        string folder = bench.Folder();
        using Execution run = bench.Complete(Requests.Train(bench, folder, "out", Requests.Options(("loadBestModelAtEnd", true), ("evaluationSteps", 1), ("learningRate", 0.1))));
        JsonElement record = Record(Path.Combine(folder, "out"));
        var losses = record.GetProperty("evaluations").EnumerateArray().Select(e => (Step: e.GetProperty("step").GetInt32(), Loss: e.GetProperty("validationLoss").GetDouble())).ToList();
        Expect.Equal(s_steps, losses.Count, "the number of evaluations");
        var best = losses.MinBy(l => l.Loss);
        Expect.Equal(best.Step, record.GetProperty("chosenStep").GetInt32(), "chosenStep");
        AdapterOutput adapter = AdapterOutput.Read(Path.Combine(folder, "out"), Requests.Rank, Requests.Alpha, Requests.Targets);
        Expect.Near(Loss(new ReferenceDecoder(bench.Model.Weights, adapter), Requests.Rows, Requests.Rows + 1), best.Loss, bench.Tolerance, "the validation loss of the weights that were chosen");
    }

    private static void Schedule(Workbench bench)
    {
        string folder = bench.Folder();
        using Execution run = bench.Complete(Requests.Train(bench, folder, "out", Requests.Options(("schedule", "cosine"), ("warmupRatio", 0.2))));
        double[] rates = [.. Record(Path.Combine(folder, "out")).GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("learningRate").GetDouble())];
        int warmup = (int)Math.Ceiling(0.2 * s_steps);
        for (int step = 0; step < rates.Length; step++)
        {
            double expected = step < warmup ? Requests.LearningRate * (step + 1) / warmup
                : Requests.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * (step - warmup) / (s_steps - warmup)));
            Expect.That(Math.Abs(rates[step] - expected) < 1e-9, $"the learning rate of step {step + 1} is {rates[step]}; expected {expected}");
        }
    }

    public static JsonElement Record(string output)
    {
        JsonElement record = JsonElement.Parse(File.ReadAllBytes(Path.Combine(output, "training.json")));
        Expect.Equal(1, record.GetProperty("format").GetInt32(), "format of training.json");
        return record;
    }

    public static void ExpectSameFiles(string expected, string actual, string what)
    {
        string[] Names(string folder) => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f))];
        Expect.Same(Names(expected), Names(actual), $"files of {what}");
        foreach (string name in Names(expected))
        {
            Expect.That(File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name))), $"{what} wrote other bytes into {name}");
        }
    }

    /// <summary>Mean negative log-likelihood of the scored tokens of these rows.</summary>
    public static double Loss(ReferenceDecoder decoder, params int[] rows) => -rows.SelectMany(row => decoder.Score(ByteTokens.Render(Requests.Messages(row)))).Average();

    private static void ExpectLoss(Workbench bench, ReferenceDecoder decoder, JsonElement step, int[] rows)
    {
        Expect.Near(Loss(decoder, rows), step.GetProperty("loss").GetDouble(), bench.Tolerance, "the loss of the first step, before anything was learnt,");
        Expect.Equal(rows.Sum(r => ByteTokens.Render(Requests.Messages(r)).Scored.Count(s => s)), step.GetProperty("scoredTokens").GetInt32(), "scoredTokens of the first step");
    }

    private static void CheckProgress(Execution run)
    {
        List<JsonElement> progress = run.Of("progress");
        long[] at = [.. progress.Select(p => p.GetProperty("step").GetInt64())];
        Expect.That(at.SequenceEqual(at.Order()), "progress goes backwards");
        Expect.That(progress.Count > 0 && progress[^1].GetProperty("step").GetInt64() == s_steps && progress[^1].GetProperty("steps").GetInt64() == s_steps, $"the last progress is not step {s_steps} of {s_steps}");
        double[] epochs = [.. run.Of("metric").Where(m => m.GetProperty("name").GetString() == "training_loss").Select(m => m.GetProperty("epoch").GetDouble())];
        Expect.That(epochs.SequenceEqual(Enumerable.Range(1, Requests.Epochs).Select(e => (double)e)), $"training_loss came for the epochs {string.Join(", ", epochs)}; expected each of {Requests.Epochs}");
        Expect.Equal(Requests.Epochs, run.Of("metric").Count(m => m.GetProperty("name").GetString() == "validation_loss"), "the number of validation losses");
    }

    private static JsonElement[] CheckSteps(JsonElement record, Execution run)
    {
        JsonElement[] steps = [.. record.GetProperty("steps").EnumerateArray()];
        Expect.Equal(s_steps, steps.Length, "steps of training.json");
        Expect.Equal(s_steps, run.Result.GetProperty("steps").GetInt32(), "steps of the result");
        Expect.Equal(Requests.Rows, run.Result.GetProperty("rows").GetInt32(), "rows of the result");
        Expect.That(steps.All(s => s.GetProperty("gradientNorm").GetDouble() > 0), "a step without a gradient");
        Expect.Equal(steps[^1].GetProperty("loss").GetDouble(), run.Result.GetProperty("finalLoss").GetDouble(), "finalLoss of the result");
        Expect.Equal(Requests.Epochs, record.GetProperty("epochs").GetArrayLength(), "epochs of training.json");
        return steps;
    }
}
