using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Plots;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>The loss over the steps of training.</summary>
internal static class TrainingSection
{
    /// <summary>The bold line is the mean of this share of the steps around each: a single batch says little.</summary>
    private const int Windows = 24;

    public static void Write(HtmlWriter html, ReportInput input)
    {
        if (input.Training is not { } training)
        {
            return;
        }

        int steps = training.Loss.Count;
        (double X, double Y)[] loss = [.. training.Loss.Select((l, i) => (i + 1.0, l))];
        (double X, double Y)[] validation = Validation(input, training);
        string kept = training.ChosenStep is { } chosen ? $", weights of step {Figure.Whole(chosen)} kept" : "";
        html.Write($"""<section id="training" aria-labelledby="training-h"><h2 id="training-h">Training</h2><p class="lead">{steps} steps, {Figure.Count(training.Tokens)} tokens{(training.TrainableParameters is { } p ? $", {Figure.Count(p)} trained parameters" : "")}{kept}.</p>""");
        html.Write($"""<p class="legend" aria-hidden="true"><span class="key batch">each step</span><span class="key smooth">mean over {Math.Max(1, steps / Windows)} steps</span>""");
        html.Write($"""<span class="key validation">{(validation.Length > 0 ? "validation rows" : "no validation rows")}</span></p><figure>""");
        string description = $"Training loss from {Figure.Value(loss[0].Y)} to {Figure.Value(Smooth(training.Loss)[^1].Y)} over {Figure.Whole(steps)} steps"
            + (validation.Length > 0 ? $"; validation loss from {Figure.Value(validation[0].Y)} to {Figure.Value(validation[^1].Y)}, lowest {Figure.Value(validation.Min(v => v.Y))}" : "");
        LineChart.Write(html, description, [("batch", loss), ("smooth", Smooth(training.Loss)), ("validation", validation)], training.ChosenStep);
        html.Write($"""<figcaption>{description}.</figcaption></figure></section>""");
    }

    private static (double X, double Y)[] Validation(ReportInput input, TrainingCurve training)
    {
        if (training.Validation.Count > 0)
        {
            return [.. training.Validation];
        }

        IReadOnlyList<(double Epoch, double Loss)> measured = input.Measured?.ValidationLoss ?? [];
        double epochs = measured.Count == 0 ? 1 : measured.Max(m => m.Epoch);
        return [.. measured.Select(m => (m.Epoch / epochs * training.Loss.Count, m.Loss))];
    }

    private static (double X, double Y)[] Smooth(IReadOnlyList<double> loss)
    {
        int window = Math.Max(1, loss.Count / Windows);
        return [.. Enumerable.Range(0, loss.Count).Select(i =>
        {
            int from = Math.Max(0, i - (window / 2)), to = Math.Min(loss.Count, i + (window / 2) + 1);
            return (i + 1.0, loss.Skip(from).Take(to - from).Average());
        })];
    }
}
