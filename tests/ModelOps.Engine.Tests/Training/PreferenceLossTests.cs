using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Training;

public sealed unsafe class PreferenceLossTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    public void Weight_is_the_derivative_by_the_chosen_answers_loss(double smoothing)
    {
        for (double gain = -60; gain <= 60; gain += 7.5)
        {
            double Loss(double chosenLoss) => new PreferenceLoss(-chosenLoss, 3, 0.7, smoothing).Loss;
            const double Step = 1e-4;
            double slope = (Loss(-gain + Step) - Loss(-gain - Step)) / (2 * Step);
            Assert.Equal(slope, new PreferenceLoss(gain, 3, 0.7, smoothing).ChosenWeight, 1e-7);
        }
    }

    [Fact]
    public void A_model_that_is_its_reference_loses_the_logarithm_of_two()
    {
        var loss = new PreferenceLoss(1.5, 1.5, 0.1, 0);
        Assert.Equal(Math.Log(2), loss.Loss, 1e-15);
        Assert.Equal((0, 0.05), (loss.Margin, loss.ChosenWeight));
    }

    [Fact]
    public void No_margin_overflows()
    {
        var far = new PreferenceLoss(-1e5, 1e5, 1, 0);
        Assert.Equal((2e5, 1), (far.Loss, far.ChosenWeight));
        var near = new PreferenceLoss(1e5, -1e5, 1, 0);
        Assert.Equal((0, 0), (near.Loss, near.ChosenWeight));
    }

    /// <summary>Through the whole network, along the gradient of each tensor.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_match_finite_differences(bool lora)
    {
        using var model = TinyModels.Random(TinyModels.Config());
        using var adapter = lora ? TinyAdapters.Random(model.Config, LlamaWeightNames.LinearModules) : null;
        var parameters = adapter?.Parameters ?? model.MakeTrainable();
        var objective = new PreferenceObjective(TinyModels.PairRows(4, model.Config.VocabularySize), TinyModels.PairRows(0, model.Config.VocabularySize), 0.1, 0.1);
        objective.Prepare(model, new TrainingOptions { Threads = 1 }, null, default);
        using var team = new ThreadTeam(2);
        parameters.AllocateGradients();
        using var micro = new MicroBatch(new LlamaNetwork(model, adapter, parameters), team, objective.LongestInput, backward: true);
        int[] all = [0, 1, 2, 3];
        objective.Accumulate(micro, all);
        var gradients = parameters.Gradients!.Span.ToArray();
        foreach (var parameter in parameters.All)
        {
            var gradient = gradients.AsSpan((int)parameter.Offset, (int)parameter.Length);
            double squares = 0;
            foreach (float g in gradient)
                squares += (double)g * g;
            double norm = Math.Sqrt(squares);
            Assert.True(norm > 0, $"{parameter.Name} has no gradient");
            double slope = (Shifted(parameter, gradient, 4e-3 / norm) - Shifted(parameter, gradient, -4e-3 / norm)) / 8e-3;
            Assert.True(Math.Abs(slope / norm - 1) < 5e-3, $"{parameter.Name}: {slope} against {norm}");
        }

        double Shifted(Parameter parameter, Span<float> along, double step)
        {
            var values = new Span<float>(parameter.Value, along.Length).ToArray();
            for (int i = 0; i < values.Length; i++)
                parameter.Value[i] = (float)(values[i] + step * along[i]);
            double loss = objective.Accumulate(micro, all).Loss;
            values.CopyTo(new Span<float>(parameter.Value, along.Length));
            return loss;
        }
    }
}
