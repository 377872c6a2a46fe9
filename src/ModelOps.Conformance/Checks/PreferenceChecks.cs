using System.Text.Json;

namespace ModelOps.Conformance.Checks;

/// <summary>Direct preference optimisation, where a worker offers it.</summary>
internal static class PreferenceChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("dpo", "Pairs teach which answer is better: the first loss is log 2, and rewards part.", bench => Dpo(bench, "lora")),
        new("dpo-full", "The same with every weight trained, the reference being the model before the first step.", bench => Dpo(bench, "full")),
        new("dpo-loss", "Loss and margin of the second step are those of the weights after the first one.", SecondStep),
    ];

    private static void Dpo(Workbench bench, string method)
    {
        string folder = bench.Folder();
        var options = Requests.Options(("objective", "dpo"), ("method", method), ("epochs", 6), ("learningRate", method == "full" ? 0.005 : Requests.LearningRate));
        using Execution run = bench.CompleteIfOffered(Requests.Prefer(bench, folder, "out", options), $"dpo by {method}");
        JsonElement steps = TrainingChecks.Record(Path.Combine(folder, "out")).GetProperty("steps");
        Expect.Near(Math.Log(2), steps[0].GetProperty("loss").GetDouble(), bench.Tolerance, "the loss of the first step, where model and reference are the same,");
        Expect.Near(0, steps[0].GetProperty("rewardMargin").GetDouble(), bench.Tolerance, "the reward margin of the first step");
        JsonElement last = steps[steps.GetArrayLength() - 1];
        Expect.That(last.GetProperty("loss").GetDouble() < Math.Log(2) && last.GetProperty("rewardMargin").GetDouble() > 0, "after the last step the preferred answers are rewarded no more than the others");
        foreach (string name in new[] { "reward_accuracy", "reward_margin", "validation_reward_accuracy", "validation_reward_margin" })
        {
            Expect.That(run.Of("metric").Any(m => m.GetProperty("name").GetString() == name), $"the metric {name} never came");
        }
    }

    private static void SecondStep(Workbench bench)
    {
        const double Beta = 0.3;
        string folder = bench.Folder();
        string Train(string output, int steps)
        {
            var options = Requests.Options(("objective", "dpo"), ("dpoBeta", Beta), ("maxSteps", steps), ("batchSize", 1));
            using Execution run = bench.CompleteIfOffered(Requests.Prefer(bench, folder, output, options), "dpo");
            return Path.Combine(folder, output);
        }

        var after = new ReferenceDecoder(bench.Model.Weights, AdapterOutput.Read(Train("one", 1), Requests.Rank, Requests.Alpha, Requests.Targets));
        var before = new ReferenceDecoder(bench.Model.Weights);
        double Gain(string answer)
        {
            var row = ByteTokens.Render([.. Requests.PairPrompt(1), ("assistant", answer)], firstAnswer: Requests.PairPrompt(1).Length);
            return after.Score(row).Sum() - before.Score(row).Sum();
        }

        double margin = Beta * (Gain(Requests.Chosen(1)) - Gain(Requests.Rejected));
        JsonElement step = TrainingChecks.Record(Train("two", 2)).GetProperty("steps")[1];
        Expect.Near(margin, step.GetProperty("rewardMargin").GetDouble(), bench.Tolerance, "the reward margin of the second step");
        Expect.Near(Math.Log(1 + Math.Exp(-margin)), step.GetProperty("loss").GetDouble(), bench.Tolerance, "the loss of the second step");
    }
}
