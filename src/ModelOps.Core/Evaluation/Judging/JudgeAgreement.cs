using ModelOps.Core.Evaluation.Statistics;

namespace ModelOps.Core.Evaluation.Judging;

/// <summary>How far a judge agrees with people on the same answers: what it must show before its scores may gate anything.</summary>
/// <param name="Judge">The judge's name.</param>
/// <param name="Labels">What people and judge chose between: <c>fail</c> and <c>pass</c>, or <c>A</c>, <c>B</c> and <c>tie</c>.</param>
/// <param name="Counts">[label of the person][label of the judge].</param>
/// <param name="Minimum">The agreement that the project asks for.</param>
public sealed record JudgeAgreement(string Judge, IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<int>> Counts, double Minimum)
{
    /// <summary>Moderate agreement (Landis and Koch, 1977); what holds where a project says nothing.</summary>
    public const double DefaultMinimum = 0.4;

    private static readonly string[] s_ratings = ["fail", "pass"], s_comparisons = [JudgeForm.First, JudgeForm.Second, JudgeForm.Tie];

    public CohenKappa Kappa { get; } = CohenKappa.Of(Counts);

    /// <summary>The lower limit of the agreement reaches what is asked for.</summary>
    public bool IsShown => Kappa.Interval.Lower >= Minimum;

    /// <summary>The labels that people may give.</summary>
    public static IReadOnlyList<string> LabelsOf(JudgeKind kind) => kind == JudgeKind.Pairwise ? s_comparisons : s_ratings;

    /// <param name="cases">For each answer what a person chose and the judge's score; at least one.</param>
    public static JudgeAgreement Of(string judge, JudgeKind kind, IEnumerable<(string Person, double Score)> cases, double minimum)
    {
        IReadOnlyList<string> labels = LabelsOf(kind);
        int[][] counts = [.. labels.Select(_ => new int[labels.Count])];
        foreach ((string person, double score) in cases)
        {
            int row = labels.ToList().IndexOf(person);
            counts[row][ColumnOf(kind, score)]++;
        }

        return new JudgeAgreement(judge, labels, counts, minimum);
    }

    // A rating passes from the middle of its scale on.
    private static int ColumnOf(JudgeKind kind, double score) => kind == JudgeKind.Rubric ? (score >= 0.5 ? 1 : 0) : score switch { 1 => 0, 0 => 1, _ => 2 };
}
