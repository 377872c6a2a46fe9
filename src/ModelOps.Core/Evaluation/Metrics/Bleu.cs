using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// BLEU of the corpus (Papineni et al., 2002), 0 to 100, as sacreBLEU 2 computes it by default: case matters, words by WMT's 13a tokenizer, clipped
/// n-grams of orders 1 to 4 summed over the rows, exponential smoothing of orders without a match (Chen and Cherry, 2014, method 3), brevity penalty.
/// A row's score is its sentence BLEU over the orders it has.
/// </summary>
public sealed class Bleu : IMetric
{
    private const int Orders = 4;

    public MetricSpec Spec { get; } = new(nameof(Bleu));

    public MetricScale Scale => MetricScale.Percent;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        double[][] rows = [.. items.Select((item, i) => Counts(Tokenizer13a.Words(run.Answers[i].Text), [Tokenizer13a.Words(item.Reference)]))];
        return new MetricSample([.. rows.Select(row => Value(row, effectiveOrder: true))], SumStatistic.OfRows(rows, sums => Value(sums)));
    }

    /// <summary>Per order common n-grams and those of the answer, then the lengths of the answer and of the reference nearest to it in length, in words.</summary>
    internal static double[] Counts(string[] answer, string[][] references)
    {
        var counts = new double[(2 * Orders) + 2];
        for (int n = 1; n <= Orders; n++)
        {
            var most = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach ((string run, int count) in references.SelectMany(reference => NGrams.Count(reference, n)))
            {
                most[run] = Math.Max(count, most.GetValueOrDefault(run));
            }

            counts[n - 1] = NGrams.Overlap(NGrams.Count(answer, n), most);
            counts[Orders + n - 1] = Math.Max(0, answer.Length - n + 1);
        }

        counts[^2] = answer.Length;
        counts[^1] = references.Select(r => r.Length).MinBy(length => (Math.Abs(length - answer.Length), length));
        return counts;
    }

    /// <param name="effectiveOrder">Takes the mean over the orders that the answer is long enough for; else an order that it lacks makes the score 0.</param>
    internal static double Value(ReadOnlySpan<double> counts, bool effectiveOrder = false)
    {
        double logs = 0;
        double smooth = 1;
        int orders = 0;
        bool any = false;
        for (int n = 0; n < Orders && counts[Orders + n] > 0; n++)
        {
            any |= counts[n] > 0;
            smooth *= counts[n] > 0 ? 1 : 2;
            double precision = counts[n] > 0 ? counts[n] / counts[Orders + n] : 1 / (smooth * counts[Orders + n]);
            logs += PortableMath.Log(precision);
            orders++;
        }

        if (!any || (!effectiveOrder && orders < Orders))
        {
            return 0;
        }

        double answer = counts[2 * Orders], reference = counts[(2 * Orders) + 1];
        double brevity = answer < reference ? 1 - (reference / answer) : 0;
        return Math.Min(100, 100 * PortableMath.Exp(brevity + (logs / orders)));
    }
}
