namespace ModelOps.Benchmarks.Groups;

/// <summary>The no-op build of the sample's adapter against that of an empty Microsoft.Build.NoTargets project.</summary>
internal static class BuildGroup
{
    public static IEnumerable<Measure> Measures(string root)
    {
        var sandbox = new Sandbox(root);
        yield return new Measure("build/noop", "ms", "<=", 1.3,
            () => sandbox.Dotnet(sandbox.PathOf("sample-repo", "adapters", "TicketTriage"), "build --no-restore -v quiet"),
            () => sandbox.Dotnet(sandbox.PathOf("empty"), "build --no-restore -v quiet"))
        {
            Prepare = () => Prepare(sandbox),
        };
    }

    private static void Prepare(Sandbox sandbox)
    {
        Sandbox.CopyFolder(Path.Combine(sandbox.Root, "sample-repo"), sandbox.PathOf("sample-repo"));
        ManyProjects.WriteEmpty(sandbox, "empty");
        foreach (string folder in (string[])[sandbox.PathOf("empty"), sandbox.PathOf("sample-repo", "adapters", "TicketTriage")])
        {
            sandbox.Dotnet(folder, "build");
            sandbox.Dotnet(folder, "build --no-restore -v quiet");
        }
    }
}
