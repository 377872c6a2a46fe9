namespace ModelOps.Benchmarks.Groups;

/// <summary>The embedded engine against PyTorch, OpenBLAS and the machine's own limits. One file per kind of measure.</summary>
internal static class EngineGroup
{
    private static readonly Func<string, IEnumerable<Measure>>[] s_parts =
    [
        EngineGemm.Measures,
        EngineTraining.Measures,
        EngineQuantized.Measures,
        EngineDecoding.Measures,
        EngineOpening.Measures,
        EngineTokenizing.Measures,
        EnginePreference.Measures,
    ];

    public static IEnumerable<Measure> Measures(string root) => s_parts.SelectMany(part => part(root));
}
