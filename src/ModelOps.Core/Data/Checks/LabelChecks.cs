using System.Text;

namespace ModelOps.Core.Data;

/// <summary>Answers that are labels: few, short and repeated. Imbalance among them, and labels that one set has and another lacks.</summary>
internal static class LabelChecks
{
    private const int MaxWords = 12, MaxLabels = 1000;

    /// <summary>Rows per label below which answers are taken for texts.</summary>
    private const int RowsPerLabel = 5;

    /// <summary>How often the most frequent label may be more frequent than the rarest.</summary>
    private const double Imbalance = 20;

    /// <summary>The labels of a set and their rows; null when its answers are texts, or two rows would be all that is known of one.</summary>
    public static IReadOnlyDictionary<ulong, Label>? LabelsOf(Dataset dataset)
    {
        // A document of JSON has many fields, each with labels of its own.
        if (dataset.Shape == RowShape.Preference || (dataset.Rows.Count > 0 && dataset.Rows[0].Answer.AsSpan().TrimStart() is ['{' or '[', ..]))
        {
            return null;
        }

        var labels = new Dictionary<ulong, Label>();
        foreach (Row row in dataset.Rows)
        {
            RowFacts facts = row.Facts;
            if (facts.AnswerWords > MaxWords)
            {
                return null;
            }

            if (labels.TryGetValue(facts.Answer, out Label? label))
            {
                label.Add(row);
            }
            else if (labels.Count == MaxLabels)
            {
                return null;
            }
            else
            {
                labels.Add(facts.Answer, new Label(row));
            }
        }

        return labels.Count >= 2 && dataset.Rows.Count >= RowsPerLabel * labels.Count ? labels : null;
    }

    public static void Check(IReadOnlyCollection<Dataset> datasets, DataChecks checks)
    {
        if (datasets.FirstOrDefault(d => d.Kind == DatasetKind.Training) is not { } training || LabelsOf(training) is not { } learned)
        {
            return;
        }

        Label most = learned.Values.MaxBy(l => (l.Count, -l.First.Order))!, least = learned.Values.MinBy(l => (l.Count, l.First.Order))!;
        if (most.Count > Imbalance * least.Count)
        {
            checks.Findings.Add(DataFindings.Imbalance(least.First.Location, least.Text, least.Count, most.Text, most.Count, learned.Count), least.First.Order);
        }

        foreach (Dataset judged in datasets.Where(d => d.Kind == DatasetKind.Evaluation))
        {
            Compare(learned, judged, checks);
        }
    }

    // Of a held-out set of texts nothing is said: a set that has no label in common with the training set asks for something else on purpose.
    private static void Compare(IReadOnlyDictionary<ulong, Label> learned, Dataset judged, DataChecks checks)
    {
        var asked = new Dictionary<ulong, Label>();
        foreach (Row row in judged.Rows)
        {
            if (asked.TryGetValue(row.Facts.Answer, out Label? label))
            {
                label.Add(row);
            }
            else
            {
                asked.Add(row.Facts.Answer, new Label(row));
            }
        }

        if (!asked.Keys.Any(learned.ContainsKey))
        {
            return;
        }

        foreach (Label unknown in asked.Where(a => !learned.ContainsKey(a.Key)).Select(a => a.Value))
        {
            checks.Findings.Add(DataFindings.LabelNotLearned(unknown.First.Location, unknown.Text, unknown.Count), unknown.First.Order);
        }

        foreach (Label untested in learned.Where(l => !asked.ContainsKey(l.Key)).Select(l => l.Value))
        {
            checks.Findings.Add(DataFindings.LabelNotTested(untested.First.Location, untested.Text, untested.Count), untested.First.Order);
        }
    }

    /// <summary>An answer that many rows have.</summary>
    internal sealed class Label(Row first)
    {
        /// <summary>The first row in the order of the files.</summary>
        public Row First { get; private set; } = first;

        public int Count { get; private set; } = 1;

        public string Text => First.Answer;

        public void Add(Row row)
        {
            Count++;
            if (row.Order < First.Order)
            {
                First = row;
            }
        }
    }
}
