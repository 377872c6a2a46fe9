namespace ModelOps.Benchmarks.Groups;

/// <summary>What knowing that nothing changed costs: no-op builds, digests of models, datasets and files. One file per kind of measure.</summary>
internal static class IdentityGroup
{
    private static readonly Func<string, IEnumerable<Measure>>[] s_parts = [IdentityBuilds.Measures, IdentityFiles.Measures];

    public static IEnumerable<Measure> Measures(string root) => s_parts.SelectMany(part => part(root));
}
