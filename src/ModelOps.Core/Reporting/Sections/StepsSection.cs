using System.Globalization;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;
using ModelOps.Core.Reporting.Plots;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>What each further step of effort brings for what it costs: prompt, longer prompts, tuning.</summary>
internal static class StepsSection
{
    public static void Write(HtmlWriter html, ReportInput input)
    {
        EvaluationStep[] steps = [.. EvaluationStep.Of(input.Report)];
        if (steps.Length < 2 || input.IsComparison)
        {
            return;
        }

        bool priced = steps.Any(s => s.Subject.Run.Price is not null);
        Axis axis = Axis.Over(steps.Select(s => s.Tokens).Append(0));
        html.Write($"""<section id="steps" aria-labelledby="steps-h"><h2 id="steps-h">Gain per unit of cost</h2><p class="lead">Prompts before examples, examples before retrieval, tuning last; each step against the one before it. """);
        html.Write($"""Cost is tokens per request, prompt and answer; the gain is in points of {steps[0].Metric.ToString()} (1 point = 1 % of the rows).</p>""");
        html.Write($"""<div class="scroll"><table class="plots"><caption>Steps of effort</caption><thead><tr><th scope="col">Step</th><th scope="col" class="wide"><span class="quiet">Tokens per request</span></th><th scope="col" class="n">Tokens</th>""");
        if (priced)
        {
            html.Write($"""<th scope="col" class="n">Price of 1,000</th>""");
        }

        html.Write($"""<th scope="col" class="n">Value</th><th scope="col" class="n">Gain, points</th><th scope="col">For each 100 further tokens</th></tr></thead><tbody>""");
        for (int i = 0; i < steps.Length; i++)
        {
            EvaluationStep step = steps[i];
            html.Write($"""<tr class="{StrictJson.Name(step.Subject.Run.Kind)}"><th scope="row">{step.Subject.Name}""");
            if (step.Subject.Run.Shots is { } shots)
            {
                html.Write($""" <span class="quiet">{shots.Shots} nearest rows, best of {string.Join(", ", shots.Tried.Select(t => t.Shots))} on {shots.Rows} validation rows</span>""");
            }

            html.Write($"""</th><td class="wide">""");
            InlinePlot.Shares(html, [(StrictJson.Name(step.Subject.Run.Kind), axis.At(step.Tokens).Share)]);
            html.Write($"""</td><td class="n">{Figure.Count(step.Tokens)}</td>""");
            if (priced)
            {
                html.Write($"""<td class="n">{step.PriceOfThousand}</td>""");
            }

            html.Write($"""<td class="n">{Figure.Value(step.Value)}</td>""");
            html.Write($"""<td class="n">{(i == 0 ? "" : Points(step.Value - steps[i - 1].Value))}</td><td>{(i == 0 ? "" : Rate(steps[i - 1], step))}</td></tr>""");
        }

        html.Write($"</tbody></table></div></section>");
    }

    private static string Points(double gain) => (gain > 0 ? "+" : "") + (gain * 100).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Rate(EvaluationStep before, EvaluationStep step)
    {
        double tokens = step.Tokens - before.Tokens, gain = step.Value - before.Value;
        return tokens <= 0
            ? gain >= 0 ? $"better and {Figure.Count(-tokens)} tokens cheaper" : $"worse, {Figure.Count(-tokens)} tokens cheaper"
            : $"{Points(gain * 100 / tokens)} points";
    }
}

/// <summary>One subject as a step of effort.</summary>
/// <param name="Tokens">Mean tokens per request, prompt and answer.</param>
internal sealed record EvaluationStep(SubjectReport Subject, MetricSpec Metric, double Tokens, double Value)
{
    /// <summary>What a thousand such requests cost; empty where nothing is charged.</summary>
    public string PriceOfThousand => Subject.Run.Price is not { } price ? ""
        : $"{(1000 * price.Of(Subject.Run.Answers.Average(a => (double)a.PromptTokens), Subject.Run.Answers.Average(a => (double)a.CompletionTokens))).ToString("0.00##", CultureInfo.InvariantCulture)} {price.Currency}";

    /// <summary>In the order in which one tries them, and among equals by their tokens; empty where no subject counts tokens or none is right or wrong.</summary>
    public static IEnumerable<EvaluationStep> Of(EvaluationReport report)
        => MetricText.Deciding(report.Candidate) is not { } deciding ? []
            : report.Subjects.Where(s => s.Run.Kind is SubjectKind.Baseline or SubjectKind.Variant or SubjectKind.Candidate).Where(s => s.Find(deciding.Spec) is not null && s.Run.Answers.Any(a => a.PromptTokens > 0))
                .Select(s => new EvaluationStep(s, deciding.Spec, s.Run.Answers.Average(a => (double)a.PromptTokens + a.CompletionTokens), s.Find(deciding.Spec)!.Value))
                .OrderBy(s => s.Subject.Run.Kind != SubjectKind.Baseline).ThenBy(s => s.Subject.Run.Technique).ThenBy(s => s.Tokens).ThenBy(s => s.Subject.Name, StringComparer.Ordinal);
}
