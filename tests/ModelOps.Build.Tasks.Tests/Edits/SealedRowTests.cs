namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>Rows that are sealed for the release: Pack alone looks at them, and packs only what passes there too.</summary>
public sealed class SealedRowTests
{
    private const string Sealed = "Triage/data/sealed/a.jsonl";

    [Fact]
    public void Sealed_rows_are_looked_at_by_pack_alone_and_their_evidence_is_packed()
    {
        using EditProject project = Projects.Triage().Write(Sealed, Rows("bug"));

        BuildTrace built = project.Build(pack: false);
        Assert.True(built.Succeeded, built.Log);
        Assert.False(Directory.Exists(Path.Combine(project.Files.Directory, "sealed")));

        BuildTrace packed = project.Build();
        Assert.True(packed.Succeeded, packed.Log);
        Assert.Equal(["generate", "score", "generate"], packed.Ran);
        Assert.Contains("looks at the sealed rows", packed.Log, StringComparison.Ordinal);
        string lineage = Path.Combine(project.Files.PackageContent, "lineage");
        Assert.Equal(File.ReadAllText(project.Files.Sealed.Verdict), File.ReadAllText(Path.Combine(lineage, "verdict.sealed.json")));
        Assert.NotEqual(File.ReadAllText(project.Files.Verdict), File.ReadAllText(project.Files.Sealed.Verdict));
        Assert.True(File.Exists(Path.Combine(lineage, "eval.sealed.json")));

        BuildTrace again = project.Build();
        Assert.True(again.Succeeded, again.Log);
        Assert.Empty(again.Ran);
        Assert.True(again.Effect == Effect.Nothing, again.Log);
        Assert.Equal(Effect.Nothing, project.Plan().Effect);
    }

    [Fact]
    public void What_fails_on_the_sealed_rows_is_not_packed()
    {
        // The question names another label than the right one, so the model is wrong on every row.
        using EditProject project = Projects.Triage().Write(Sealed, Rows("setup"));

        BuildTrace packed = project.Build();

        Assert.False(packed.Succeeded);
        Assert.Contains("error MOPS5166", packed.Log, StringComparison.Ordinal);
        Assert.False(Directory.Exists(project.Files.PackageContent));
    }

    [Fact]
    public void A_row_that_people_look_at_is_not_sealed()
    {
        using EditProject project = Projects.Triage();
        project.Write(Sealed, File.ReadAllText(project["Triage/data/eval/a.jsonl"]));

        BuildTrace built = project.Build(pack: false);

        Assert.False(built.Succeeded);
        Assert.Contains("sealed", built.Log, StringComparison.Ordinal);
    }

    private static string Rows(string answer) => string.Concat(Enumerable.Range(0, 60).Select(i => Projects.Row($"sealed gamma{i} delta{i} on bug today", answer) + "\n"));
}
