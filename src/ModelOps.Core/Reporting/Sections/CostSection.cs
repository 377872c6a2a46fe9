using System.Globalization;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Gating;
using ModelOps.Core.Reporting.Html;

namespace ModelOps.Core.Reporting.Sections;

/// <summary>What a request costs under each subject, in tokens and in time.</summary>
internal static class CostSection
{
    public static void Write(HtmlWriter html, ReportInput input)
    {
        SubjectReport[] subjects = [.. input.Report.Subjects.Where(s => s.Run.Answers.Any(a => a.PromptTokens > 0))];
        if (subjects.Length == 0)
        {
            return;
        }

        bool timed = input.Measured is { Subjects.Count: > 0 };
        html.Write($"""<section id="cost" aria-labelledby="cost-h"><h2 id="cost-h">Cost and latency</h2><p class="lead">Means per request. {(timed ? "Times were measured on the machine that generated the answers; they are part of no key and of no package." : "")}</p>""");
        html.Write($"""<div class="scroll"><table><caption>Tokens and time per request</caption><thead><tr><th scope="col">Subject</th><th scope="col" class="n">Prompt tokens</th><th scope="col" class="n">Answer tokens</th><th scope="col" class="n">Cut off</th>""");
        if (timed)
        {
            html.Write($"""<th scope="col" class="n">Median</th><th scope="col" class="n">95 %</th><th scope="col" class="n">Tokens/s</th>""");
        }

        html.Write($"</tr></thead><tbody>");
        foreach (SubjectReport subject in subjects)
        {
            IReadOnlyList<SubjectAnswer> answers = subject.Run.Answers;
            html.Write($"""<tr class="{StrictJson.Name(subject.Run.Kind)}"><th scope="row">{subject.Name}</th><td class="n">{Figure.Count(answers.Average(a => (double)a.PromptTokens))}</td>""");
            html.Write($"""<td class="n">{answers.Average(a => (double)a.CompletionTokens).ToString("0.0", CultureInfo.InvariantCulture)}</td><td class="n">{Figure.Percent(Math.Round((double)answers.Count(a => a.Finish == "length") / answers.Count, 4))}</td>""");
            if (timed)
            {
                SubjectLatency? latency = input.Measured!.Subjects.GetValueOrDefault(subject.Name);
                html.Write($"""<td class="n">{Time(latency?.Median)}</td><td class="n">{Time(latency?.Percentile95)}</td><td class="n">{(latency?.TokensPerSecond is { } speed ? Figure.Count(speed) : "")}</td>""");
            }

            html.Write($"</tr>");
        }

        html.Write($"</tbody></table></div>");
        if (input.Measured?.TrainingSeconds is { } seconds)
        {
            html.Write($"""<p class="note">Training took {Seconds(seconds)}{(input.Training is { } t ? $" for {Figure.Count(t.Tokens)} tokens" : "")}.</p>""");
        }

        html.Write($"</section>");
    }

    private static string Time(double? milliseconds)
        => milliseconds is not { } ms ? "" : ms < 1000 ? ms.ToString("0.#", CultureInfo.InvariantCulture) + " ms" : Seconds(ms / 1000);

    private static string Seconds(double seconds)
        => seconds < 120 ? seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s" : $"{Figure.Whole((int)(seconds / 60))} min {Figure.Whole((int)(seconds % 60))} s";
}
