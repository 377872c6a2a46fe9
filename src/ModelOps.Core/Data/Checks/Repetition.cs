using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>Rows of one set that say the same: duplicates, near duplicates, and one question with answers that contradict each other.</summary>
internal static class Repetition
{
    /// <summary>Reports each row that repeats or contradicts an earlier one, once.</summary>
    public static RepetitionCounts Check(Dataset dataset, DataChecks checks)
    {
        Row[] rows = [.. dataset.Rows];
        long[] orders = [.. rows.Select(r => r.Order)];
        Array.Sort(orders, rows);
        var counts = new RepetitionCounts();
        bool[] repeats = SameContext(rows, checks.Findings, ref counts);
        if (checks.NearDuplicates > 0)
        {
            foreach ((int row, int earlier, double likeness) in NearDuplicates.Find(rows, repeats, checks.NearDuplicates))
            {
                checks.Findings.Add(DataFindings.NearDuplicate(rows[row].Location, rows[earlier].Location, likeness), rows[row].Order);
                counts.Near++;
            }
        }

        return counts;
    }

    // Rows with the same messages before the answer, but for case and white space: the same answer, or another one.
    private static bool[] SameContext(Row[] rows, Findings findings, ref RepetitionCounts counts)
    {
        ulong[] contexts = [.. rows.Select(r => r.Facts.Context)];
        int[] index = [.. Enumerable.Range(0, rows.Length)];
        Array.Sort(contexts, index);
        bool[] repeats = new bool[rows.Length];
        for (int from = 0, to; from < index.Length; from = to)
        {
            for (to = from + 1; to < index.Length && contexts[to] == contexts[from];)
            {
                to++;
            }

            if (to - from > 1)
            {
                Span<int> group = index.AsSpan(from..to);
                group.Sort();
                Compare(rows, group, repeats, findings, ref counts);
            }
        }

        return repeats;
    }

    private static void Compare(Row[] rows, ReadOnlySpan<int> group, bool[] repeats, Findings findings, ref RepetitionCounts counts)
    {
        var ids = new Dictionary<Artifacts.Digest, Row>();
        var answers = new Dictionary<ulong, Row>();
        foreach (int i in group)
        {
            Row row = rows[i];
            if (!ids.TryAdd(row.Id, row))
            {
                repeats[i] = true;
                counts.Exact++;
                findings.Add(DataFindings.Duplicate(row.Location, ids[row.Id].Location), row.Order);
            }
            else if (answers.TryGetValue(row.Facts.Answer, out Row? same))
            {
                repeats[i] = true;
                counts.Near++;
                findings.Add(DataFindings.NearDuplicate(row.Location, same.Location, 1), row.Order);
            }
            else
            {
                if (answers.Count > 0)
                {
                    counts.Contradictions++;
                    findings.Add(DataFindings.Contradiction(row.Location, rows[group[0]].Location), row.Order);
                }

                answers.Add(row.Facts.Answer, row);
            }
        }
    }
}

/// <summary>How many rows of a set repeat or contradict an earlier one.</summary>
internal record struct RepetitionCounts(int Exact, int Near, int Contradictions);
