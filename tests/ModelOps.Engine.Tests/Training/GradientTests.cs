using ModelOps.Engine.Layers;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Training;

/// <summary>Gradients against central differences along random directions, tensor by tensor.</summary>
public sealed unsafe class GradientTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Full_gradients_match_finite_differences(bool tied, bool bias)
    {
        using var model = TinyModels.Random(TinyModels.Config(tied, bias));
        Check(model, null, model.MakeTrainable(), dropout: 0);
    }

    [Fact]
    public void Gradients_through_the_norms_of_queries_and_keys_match_finite_differences()
    {
        using var model = TinyModels.Random(TinyModels.Config() with { ModelType = "qwen3", QkNorm = true });
        Check(model, null, model.MakeTrainable(), dropout: 0);
    }

    [Theory]
    [InlineData(288, 6, 6, 6, 48, 768, 15_191_712, 0, 1024)]                // 15M: 80 MB, all at once
    [InlineData(576, 30, 9, 3, 64, 1536, 134_515_008, 921_600, 291)]        // 135M, adapter
    [InlineData(576, 30, 9, 3, 64, 1536, 134_515_008, 134_515_008, 1024)]   // all weights: 0.7 GB beside 2.2
    [InlineData(1536, 28, 12, 2, 128, 8960, 1_543_714_304, 2_179_072, 585)] // 1.5B: 2.8 GB would be kept
    [InlineData(8192, 80, 64, 8, 128, 28672, 70_553_706_496, 0, 64)]        // 70B: never fewer than this
    public void A_batch_takes_as_many_tokens_as_its_run_can_keep(
        int hidden, int layers, int heads, int groups, int size, int intermediate, long weights, long trained, int expected)
    {
        var config = TinyModels.Config() with
        {
            HiddenSize = hidden, LayerCount = layers, HeadCount = heads, KeyValueHeadCount = groups, HeadSize = size, IntermediateSize = intermediate,
        };
        Assert.Equal(expected, MicroBatch.TokensWithin(config, MicroBatch.ActivationBytes(weights, trained)));
    }

    [Fact]
    public void Batches_of_fewer_tokens_have_the_same_gradient()
    {
        using var model = TinyModels.Random(TinyModels.Config());
        float[] whole = Gradients(model, MicroBatch.TokenBudget), parts = Gradients(model, budget: 20);
        double largest = whole.Max(MathF.Abs);
        for (int i = 0; i < whole.Length; i++)
            Assert.Equal(whole[i], parts[i], 1e-5 * largest);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(40)]
    public void A_prefix_that_rows_share_has_the_losses_of_rows_apart_and_their_gradient(int prefix)
    {
        using var model = TinyModels.Random(TinyModels.Config());
        var parameters = model.MakeTrainable();
        var random = new Random(5);
        int[] start = [.. Enumerable.Range(0, prefix).Select(_ => random.Next(model.Config.VocabularySize))];
        // The rows go on with different tokens, each with a scored one among them and one at its end; the first follows the prefix at once.
        var rows = Enumerable.Range(0, 5).Select(r => (Id: r,
            Tokens: (ReadOnlyMemory<int>)start.Concat(Enumerable.Range(0, 2 + 3 * r).Select(t => (7 * r + t) % model.Config.VocabularySize)).ToArray(),
            Scored: (ReadOnlyMemory<bool>)Enumerable.Range(0, prefix + 2 + 3 * r).Select(t => t == prefix + r || t == prefix + 1 + 3 * r).ToArray())).ToList();
        using var team = new ThreadTeam(2);
        parameters.AllocateGradients();
        using var micro = new MicroBatch(new LlamaNetwork(model, adapter: null, parameters), team, 64, backward: true);
        TokenBatch shared = MicroBatch.Split(rows, shares: true).Single(), apart = MicroBatch.Split(rows).Single();
        Assert.Equal(prefix - 1, shared.PrefixLength); // after its last token comes a scored one
        Assert.Equal((apart.Count, 0), (shared.RowTokens, apart.PrefixLength));
        Assert.Equal(micro.Losses(apart).ToArray(), micro.Losses(shared).ToArray());

        var (one, other) = (Gradients(parameters, micro, shared), Gradients(parameters, micro, apart));
        double largest = other.Max(MathF.Abs);
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(other[i], one[i], 1e-5 * largest);
        parameters.ReleaseGradients();
    }

    private static float[] Gradients(ParameterSet parameters, MicroBatch micro, TokenBatch batch)
    {
        parameters.Gradients!.Clear();
        micro.Accumulate(batch, 1f);
        return parameters.Gradients.Span.ToArray();
    }

    [Fact]
    public void Rows_keep_their_own_dropout_and_so_share_no_prefix()
    {
        using var model = TinyModels.Random(TinyModels.Config());
        using var adapter = TinyAdapters.Random(model.Config, LlamaWeightNames.LinearModules);
        int[] tokens = [1, 2, 3, 4, 5, 6];
        var rows = new TrainingRows("training", [.. Enumerable.Range(0, 4).Select(_ => new TrainingExample(tokens, [false, false, false, false, false, true]))], 64, model.Config.VocabularySize);
        var objective = new SupervisedObjective(rows, rows);
        using var team = new ThreadTeam(2);
        adapter.Parameters.AllocateGradients();
        using var micro = new MicroBatch(new LlamaNetwork(model, adapter, adapter.Parameters), team, rows.Longest, backward: true);
        double Loss(double dropout, int[] examples)
        {
            micro.Pass.DropoutProbability = dropout;
            return objective.Accumulate(micro, examples).Loss;
        }

        Assert.Equal(Loss(0, [0]), Loss(0, [0, 1]), 1e-12); // the same row twice
        double dropped = Loss(0.25, [0, 1]);
        var apart = rows.Batches([0, 1]).Single();
        Assert.Equal((0, 4), (apart.PrefixLength, rows.Batches([0, 1], shares: true).Single().PrefixLength));
        Assert.Equal(micro.Accumulate(apart, 0.5f) / 2, dropped);
        Assert.NotEqual(Loss(0.25, [0]), dropped, 1e-6);
        adapter.Parameters.ReleaseGradients();
    }

    private static float[] Gradients(LlamaModel model, int budget)
    {
        var parameters = model.MakeTrainable();
        var rows = new TrainingRows("training", TinyModels.Rows(9, model.Config.VocabularySize), 64, model.Config.VocabularySize);
        using var team = new ThreadTeam(2);
        parameters.AllocateGradients();
        using var micro = new MicroBatch(new LlamaNetwork(model, adapter: null, parameters), team, rows.Longest, backward: true);
        var batches = rows.Batches([0, 1, 2, 3, 4, 5, 6, 7, 8], budget);
        Assert.Equal(budget < 64, batches.Count > 1);
        foreach (var batch in batches)
            micro.Accumulate(batch, 1f);
        float[] gradients = parameters.Gradients!.Span.ToArray();
        parameters.ReleaseGradients();
        return gradients;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    public void Lora_gradients_match_finite_differences(double dropout)
    {
        using var model = TinyModels.Random(TinyModels.Config());
        using var adapter = TinyAdapters.Random(model.Config, LlamaWeightNames.LinearModules);
        Check(model, adapter, adapter.Parameters, dropout);
    }

    [Theory]
    [InlineData("q_proj")]
    [InlineData("o_proj")]
    [InlineData("up_proj")]
    [InlineData("down_proj")]
    public void Lora_gradients_of_a_single_target_match_finite_differences(string module)
    {
        using var model = TinyModels.Random(TinyModels.Config());
        using var adapter = TinyAdapters.Random(model.Config, [module]);
        Check(model, adapter, adapter.Parameters, dropout: 0);
    }

    private static void Check(LlamaModel model, LoraAdapter? adapter, ParameterSet parameters, double dropout)
    {
        var rows = new TrainingRows("training", TinyModels.Rows(5, model.Config.VocabularySize), 64, model.Config.VocabularySize);
        using var team = new ThreadTeam(2);
        parameters.AllocateGradients();
        using var micro = new MicroBatch(new LlamaNetwork(model, adapter, parameters), team, rows.Longest, backward: true);
        micro.Pass.DropoutProbability = dropout;
        var batch = MicroBatch.Split(rows.All).Single();
        micro.Accumulate(batch, 1f);
        for (int p = 0; p < parameters.All.Count; p++)
            CheckTensor(micro, batch, parameters.All[p], new CounterRandom(9, (ulong)p));
        parameters.ReleaseGradients();
    }

    private static void CheckTensor(MicroBatch micro, TokenBatch batch, Parameter parameter, CounterRandom random)
    {
        const double Step = 4e-3;
        var values = new Span<float>(parameter.Value, (int)parameter.Length).ToArray();
        var direction = new double[values.Length];
        double norm = 0, analytic = 0, gradientNorm = 0;
        for (int i = 0; i < direction.Length; i++)
        {
            // Half along the gradient, so that the derivative is not a small difference of large parts.
            direction[i] = random.Normal((ulong)i);
            gradientNorm += (double)parameter.Gradient[i] * parameter.Gradient[i];
        }

        Assert.True(gradientNorm > 0, $"{parameter.Name} has no gradient");
        double own = Math.Sqrt(direction.Length / gradientNorm);
        for (int i = 0; i < direction.Length; i++)
        {
            direction[i] += own * parameter.Gradient[i];
            norm += direction[i] * direction[i];
        }

        norm = Math.Sqrt(norm);
        for (int i = 0; i < direction.Length; i++)
        {
            direction[i] /= norm;
            analytic += direction[i] * parameter.Gradient[i];
        }

        double numeric = (LossAt(Step) - LossAt(-Step)) / (2 * Step);
        double half = (LossAt(Step / 2) - LossAt(-Step / 2)) / Step;
        double extrapolated = (4 * half - numeric) / 3;
        values.CopyTo(new Span<float>(parameter.Value, values.Length));
        Assert.True(Math.Abs(analytic - extrapolated) <= 3e-3 * Math.Abs(analytic) + 3e-3, $"{parameter.Name}: {analytic} against {extrapolated}");

        double LossAt(double t)
        {
            for (int i = 0; i < values.Length; i++)
                parameter.Value[i] = (float)(values[i] + t * direction[i]);
            double sum = 0;
            foreach (float loss in micro.Losses(batch))
                sum += loss;
            return sum;
        }
    }
}
