using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>Finds rows that are trained on and judged by. It never removes any: training must not depend on evaluation rows.</summary>
public static class Leakage
{
    /// <summary>
    /// Reports every evaluation, regression or sealed row that is a training or validation row too, and every sealed row that is an evaluation row: the same row, or the same question (the user's
    /// messages without regard to case and white space). Training rows in the validation set are one warning. True when nothing leaks.
    /// </summary>
    public static bool Check(IReadOnlyCollection<Dataset> datasets, IStageLog log)
    {
        // Rows that judge are few; those that are learned pass by.
        var ids = new Dictionary<Digest, (Row Row, DatasetKind Kind)?>();
        var questions = new Dictionary<UInt128, (Row Row, DatasetKind Kind)?>();
        Dataset[] judges = [.. datasets.Where(d => d.Kind is DatasetKind.Evaluation or DatasetKind.Regression or DatasetKind.Sealed).OrderBy(d => d.Kind)];
        foreach (Row row in judges.SelectMany(d => d.Rows))
        {
            ids[row.Id] = null;
            questions[row.Facts.Question] = null;
        }

        foreach (Dataset learned in datasets.Where(d => d.Kind is DatasetKind.Training or DatasetKind.Validation).OrderBy(d => d.Kind))
        {
            Note(learned, ids, questions);
        }

        var problems = new ProblemList();
        foreach (Dataset judged in judges)
        {
            // What people look at while they tune is not sealed any more.
            if (judged.Kind == DatasetKind.Sealed && datasets.FirstOrDefault(d => d.Kind == DatasetKind.Evaluation) is { } seen)
            {
                Note(seen, ids, questions);
            }

            foreach (Row row in judged.Rows.OrderBy(r => r.Location.File, StringComparer.Ordinal).ThenBy(r => r.Line))
            {
                if ((ids[row.Id] ?? questions[row.Facts.Question]) is { } found)
                {
                    problems.Add(DataErrors.Leakage(row.Location, found.Row.Location, judged.Kind, found.Kind, ids[row.Id] is not null));
                }
            }
        }

        problems.Report(log, (more, all) => DataErrors.MoreProblems(
            more, all.Skip(ProblemList.Shown).Select(d => d.Location?.File).Distinct(StringComparer.Ordinal).Count()));
        WarnOfValidation(datasets, log);
        return problems.Count == 0;
    }

    private static void Note(Dataset set, Dictionary<Digest, (Row Row, DatasetKind Kind)?> ids, Dictionary<UInt128, (Row Row, DatasetKind Kind)?> questions)
    {
        foreach (Row row in set.Rows)
        {
            if (ids.TryGetValue(row.Id, out var first) && first is null)
            {
                ids[row.Id] = (row, set.Kind);
            }

            if (questions.Count > 0 && questions.TryGetValue(row.Facts.Question, out first) && first is null)
            {
                questions[row.Facts.Question] = (row, set.Kind);
            }
        }
    }

    private static void WarnOfValidation(IReadOnlyCollection<Dataset> datasets, IStageLog log)
    {
        foreach (Dataset validation in datasets.Where(d => d.Kind == DatasetKind.Validation))
        {
            var ids = validation.Rows.Select(r => r.Id).ToHashSet();
            var training = new Dictionary<Digest, Row>();
            foreach (Row row in datasets.Where(d => d.Kind == DatasetKind.Training).SelectMany(d => d.Rows).Where(r => ids.Contains(r.Id)))
            {
                training.TryAdd(row.Id, row);
            }

            Row[] shared = [.. validation.Rows.Where(r => training.ContainsKey(r.Id))];
            if (shared.Length > 0)
            {
                log.Report(DataErrors.ValidationOverlap(shared[0].Location, training[shared[0].Id].Location, shared.Length, validation.Rows.Count));
            }
        }
    }
}
