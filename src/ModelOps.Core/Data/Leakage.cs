using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
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
        var ids = new Dictionary<Digest, (Row Row, DatasetKind Kind)>();
        var questions = new Dictionary<UInt128, (Row Row, DatasetKind Kind)>();
        foreach (Dataset learned in datasets.Where(d => d.Kind is DatasetKind.Training or DatasetKind.Validation).OrderBy(d => d.Kind))
        {
            foreach (Row row in learned.Rows)
            {
                ids.TryAdd(row.Id, (row, learned.Kind));
                questions.TryAdd(Question(row), (row, learned.Kind));
            }
        }

        var problems = new ProblemList();
        foreach (Dataset judged in datasets.Where(d => d.Kind is DatasetKind.Evaluation or DatasetKind.Regression or DatasetKind.Sealed).OrderBy(d => d.Kind))
        {
            // What people look at while they tune is not sealed any more.
            foreach (Row row in judged.Kind == DatasetKind.Sealed ? datasets.Where(d => d.Kind == DatasetKind.Evaluation).SelectMany(d => d.Rows) : [])
            {
                ids.TryAdd(row.Id, (row, DatasetKind.Evaluation));
                questions.TryAdd(Question(row), (row, DatasetKind.Evaluation));
            }

            foreach (Row row in judged.Rows.OrderBy(r => r.Location.File, StringComparer.Ordinal).ThenBy(r => r.Location.Line))
            {
                bool sameRow = ids.TryGetValue(row.Id, out var found);
                if (sameRow || questions.TryGetValue(Question(row), out found))
                {
                    problems.Add(DataErrors.Leakage(row.Location, found.Row.Location, judged.Kind, found.Kind, sameRow));
                }
            }
        }

        problems.Report(log, (more, all) => DataErrors.MoreProblems(
            more, all.Skip(ProblemList.Shown).Select(d => d.Location?.File).Distinct(StringComparer.Ordinal).Count()));
        WarnOfValidation(datasets, ids, log);
        return problems.Count == 0;
    }

    private static void WarnOfValidation(IReadOnlyCollection<Dataset> datasets, Dictionary<Digest, (Row Row, DatasetKind Kind)> ids, IStageLog log)
    {
        foreach (Dataset validation in datasets.Where(d => d.Kind == DatasetKind.Validation))
        {
            Row[] shared = [.. validation.Rows.Where(r => ids.TryGetValue(r.Id, out var first) && first.Kind == DatasetKind.Training)];
            if (shared.Length > 0)
            {
                log.Report(DataErrors.ValidationOverlap(shared[0].Location, ids[shared[0].Id].Row.Location, shared.Length, validation.Rows.Count));
            }
        }
    }

    // 128 bits of SHA-256 over the user's messages in lower case, runs of white space as one blank.
    private static UInt128 Question(Row row)
    {
        var text = new StringBuilder();
        foreach (var message in row.Messages.Where(m => m.Role == "user"))
        {
            foreach (string word in message.Content.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                text.Append(word.ToLowerInvariant()).Append(' ');
            }

            text.Append('\n');
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
