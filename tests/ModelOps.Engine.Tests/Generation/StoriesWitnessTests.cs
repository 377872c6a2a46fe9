using System.Text.Json;
using ModelOps.Engine.Generation;
using ModelOps.Engine.Models;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Generation;

/// <summary>A real trained model whose goldens come from another implementation, in double precision.</summary>
public sealed class StoriesWitnessTests
{
    private static string Folder => SharedCases.In("models", "stories260K");

    [FactIfShared]
    public void Losses_of_given_text_match()
    {
        using var model = LlamaModel.Load(Folder);
        using var scorer = new Scorer(model, threads: 2);
        foreach (var golden in Cases())
        {
            var score = Assert.Single(scorer.Score([TrainingExample.AllScored(golden.Ids)]));
            Assert.Equal(golden.Nll.Length, score.TokenCount);
            Assert.Equal(golden.Nll.Sum(), -score.LogProbability, 1e-4);
        }
    }

    [FactIfShared]
    public void Greedy_continuations_match_alone_and_together()
    {
        using var model = LlamaModel.Load(Folder);
        using var generator = new Generator(model, threads: 2);
        var cases = Cases();
        var prompts = cases.Select(c => new GenerationPrompt(c.Ids)).ToList();
        var options = new GenerationOptions { MaxNewTokens = 48 };
        var together = generator.Generate(prompts, options);
        for (int i = 0; i < cases.Count; i++)
        {
            Assert.Equal(cases[i].Greedy, together[i].Tokens);
            Assert.Equal(together[i].LogProbabilities, generator.Generate([prompts[i]], options)[0].LogProbabilities);
        }
    }

    private static List<(int[] Ids, double[] Nll, int[] Greedy)> Cases()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "GOLDEN.json")));
        return [.. json.RootElement.GetProperty("cases").EnumerateArray().Select(c => (
            c.GetProperty("ids").Deserialize<int[]>()!, c.GetProperty("nll").Deserialize<double[]>()!, c.GetProperty("greedy_ids").Deserialize<int[]>()!))];
    }
}
