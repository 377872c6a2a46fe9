namespace ModelOps.Benchmarks.Groups;

/// <summary>What an evaluation costs beside and with its models. One file per kind of measure.</summary>
internal static class EvaluateGroup
{
    private static readonly Func<string, IEnumerable<Measure>>[] s_parts = [EvaluateReport.Measures, EvaluateBatched.Measures];

    public static IEnumerable<Measure> Measures(string root) => s_parts.SelectMany(part => part(root));
}
