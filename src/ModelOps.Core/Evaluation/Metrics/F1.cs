using System.Text.Json;

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

    public MetricSpec Spec { get; } = new(macro ? "MacroF1" : "MicroF1", field);

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
    {
        if (field is not null)
        {
            ReferenceFields.Require(Spec, field, items);
        }

        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] expected = [.. items.Select(i => IdOf(LabelOf(i.Reference) ?? "", labels))];
        int[] actual = [.. run.Answers.Select(a => LabelOf(a.Text) is { } label && labels.TryGetValue(label, out int id) ? id : NoLabel)];
        return new Sample(macro, expected, actual, labels.Count);
    }

    private static int IdOf(string label, Dictionary<string, int> labels)
    {
        if (!labels.TryGetValue(label, out int id))
        {
            labels[label] = id = labels.Count;
        }

        return id;
    }

    /// <summary>The label as text that keeps kinds apart; null when the text has none because it is no JSON object.</summary>
    private string? LabelOf(string text)
    {
        if (field is null)
        {
            return text.Trim();
        }

        return JsonText.TryParseObject(text) is not { } json ? null
            : JsonText.Property(json, field) is not { } value ? "absent"
            : value.ValueKind == JsonValueKind.String ? "string:" + value.GetString()
            : "json:" + value.GetRawText();
    }

    private sealed class Sample(bool macro, int[] expected, int[] actual, int labels)
        : MetricSample([.. expected.Zip(actual, (e, a) => e == a ? 1.0 : 0.0)])
    {
        private const int StackLabels = 128;

        public override double Value(ReadOnlySpan<int> rows)
        {
            Span<int> support = labels <= StackLabels ? stackalloc int[labels] : new int[labels];
            Span<int> predicted = labels <= StackLabels ? stackalloc int[labels] : new int[labels];
            Span<int> hits = labels <= StackLabels ? stackalloc int[labels] : new int[labels];
            support.Clear();
            predicted.Clear();
            hits.Clear();
            foreach (int row in rows)
            {
                int e = expected[row];
                int a = actual[row];
                support[e]++;
                if (a != NoLabel)
                {
                    predicted[a]++;
                    hits[a] += a == e ? 1 : 0;
                }
            }

            return macro ? Macro(support, predicted, hits) : Micro(support, predicted, hits);
        }

        private static double Macro(ReadOnlySpan<int> support, ReadOnlySpan<int> predicted, ReadOnlySpan<int> hits)
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

        private static double Micro(ReadOnlySpan<int> support, ReadOnlySpan<int> predicted, ReadOnlySpan<int> hits)
        {
            long hit = 0;
            long total = 0;
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
