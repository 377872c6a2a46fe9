using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// F1 of single-label classification (van Rijsbergen, 1979): 2 TP / (2 TP + FP + FN) per label. Macro is the plain mean over the labels that
/// occur in the references; micro pools the counts of those labels. An answer that is none of the labels is a miss of the right label and
/// no label's false positive: scikit-learn's <c>f1_score(labels=sorted(set(y_true)), zero_division=0)</c>. The label is the whole trimmed
/// text, or one field of the JSON object.
/// </summary>
public sealed class F1(bool macro, string? field = null) : IMetric
{
    private const int NoLabel = -1;
    private const int StackLabels = 128;

    public MetricSpec Spec { get; } = new(macro ? "MacroF1" : "MicroF1", field);

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        if (field is not null)
        {
            ReferenceFields.Require(Spec, field, items);
        }

        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] expected = [.. items.Select(i => IdOf(Labels.Of(i.Reference, field) ?? "", labels))];
        int[] actual = [.. run.Answers.Select(a => Labels.Of(a.Text, field) is { } label && labels.TryGetValue(label, out int id) ? id : NoLabel)];
        return new MetricSample([.. expected.Zip(actual, (e, a) => e == a ? 1.0 : 0.0)], Statistic.Of(macro, labels.Count, expected, actual));
    }

    private static int IdOf(string label, Dictionary<string, int> labels)
    {
        if (!labels.TryGetValue(label, out int id))
        {
            labels[label] = id = labels.Count;
        }

        return id;
    }

    /// <summary>Rows of the same expected and the same given label form a group.</summary>
    private sealed class Statistic : RowStatistic
    {
        private readonly bool _macro;
        private readonly int _labels;
        private readonly (int Expected, int Actual)[] _pairs;

        public static Statistic Of(bool macro, int labels, int[] expected, int[] actual)
        {
            var groups = new Dictionary<(int, int), int>();
            var groupOf = new int[expected.Length];
            for (int row = 0; row < groupOf.Length; row++)
            {
                if (!groups.TryGetValue((expected[row], actual[row]), out groupOf[row]))
                {
                    groups[(expected[row], actual[row])] = groupOf[row] = groups.Count;
                }
            }

            return new Statistic(macro, labels, groupOf, [.. groups.Keys]);
        }

        private Statistic(bool macro, int labels, int[] groupOf, (int, int)[] pairs)
            : base(groupOf.Length, groupOf, pairs.Length) => (_macro, _labels, _pairs) = (macro, labels, pairs);

        public override RowStatistic Take(IReadOnlyList<int> rows) => new Statistic(_macro, _labels, TakeGroups(rows)!, _pairs);

        public override double Value(ReadOnlySpan<double> counts)
        {
            Span<double> sums = _labels <= StackLabels ? stackalloc double[3 * _labels] : new double[3 * _labels];
            sums.Clear();
            Span<double> support = sums[.._labels], predicted = sums[_labels..(2 * _labels)], hits = sums[(2 * _labels)..];
            for (int group = 0; group < _pairs.Length; group++)
            {
                (int e, int a) = _pairs[group];
                support[e] += counts[group];
                if (a != NoLabel)
                {
                    predicted[a] += counts[group];
                    hits[a] += a == e ? counts[group] : 0;
                }
            }

            return _macro ? Macro(support, predicted, hits) : Micro(support, predicted, hits);
        }

        private static double Macro(ReadOnlySpan<double> support, ReadOnlySpan<double> predicted, ReadOnlySpan<double> hits)
        {
            double sum = 0;
            int count = 0;
            for (int label = 0; label < support.Length; label++)
            {
                if (support[label] > 0)
                {
                    sum += 2.0 * hits[label] / (support[label] + predicted[label]);
                    count++;
                }
            }

            return sum / count;
        }

        private static double Micro(ReadOnlySpan<double> support, ReadOnlySpan<double> predicted, ReadOnlySpan<double> hits)
        {
            double hit = 0;
            double total = 0;
            for (int label = 0; label < support.Length; label++)
            {
                if (support[label] > 0)
                {
                    hit += hits[label];
                    total += support[label] + predicted[label];
                }
            }

            return 2.0 * hit / total;
        }
    }
}
