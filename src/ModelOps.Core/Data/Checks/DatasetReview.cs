using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Data;

/// <summary>Reads the sets of a project and looks at them as wholes: what repeats, contradicts, leaks, is missing or is unlike the rest.</summary>
public static class DatasetReview
{
    /// <summary>The kinds that are learned from or chosen by.</summary>
    private static bool IsLearned(DatasetKind kind) => kind is DatasetKind.Training or DatasetKind.Validation;

    /// <summary>Reads the sets, those that judge first, and reports what is wrong with rows and between sets. The sets that could be read, in the order of their kinds.</summary>
    /// <param name="read">Reads one set with the checks that it is given; null when it cannot be used, which was reported.</param>
    public static IReadOnlyList<Dataset> Read(IReadOnlyCollection<DatasetKind> kinds, DataChecks checks, Func<DatasetKind, DataChecks, Dataset?> read)
    {
        ArgumentNullException.ThrowIfNull(checks);
        var sets = new List<Dataset>();
        foreach (DatasetKind kind in kinds.Where(k => !IsLearned(k)).Order())
        {
            if (read(kind, checks) is { } judged)
            {
                sets.Add(judged);
            }
        }

        HeldOutQuestions? heldOut = HeldOutQuestions.Of(sets, checks.NearDuplicates);
        foreach (DatasetKind kind in kinds.Where(IsLearned).Order())
        {
            if (read(kind, checks with { HeldOut = heldOut }) is { } learned)
            {
                sets.Add(learned);
            }

            heldOut?.Report(kind, checks.Findings);
        }

        return [.. sets.OrderBy(s => s.Kind)];
    }

    /// <summary>Reports what the sets show only as wholes.</summary>
    public static void Compare(IReadOnlyCollection<Dataset> datasets, DataChecks checks)
    {
        Parallel.Invoke(
            () =>
            {
                foreach (Dataset dataset in datasets)
                {
                    Repetition.Check(dataset, checks);
                }
            },
            () => LabelChecks.Check(datasets, checks),
            () => ShiftCheck.Check(datasets, checks));
    }
}
