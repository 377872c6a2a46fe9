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
