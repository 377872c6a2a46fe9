namespace ModelOps.Build.Tasks.Tests.Edits;

/// <summary>Zero wrong skips, zero needless reruns, edit by edit; the plan foretells it, and both give the reason.</summary>
public sealed class EditTests
{
    public static TheoryData<string> Names => [.. EditTable.All.Select(e => e.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_edit_does_what_it_must_and_no_more(string name)
    {
        Edit edit = EditTable.All.Single(e => e.Name == name);

        EditRun run = EditRun.Of(edit);

        Assert.True(run.First.Succeeded, run.First.Log);
        Assert.True(run.Second.Effect == edit.Effect, $"{run.Second.Effect} instead of {edit.Effect}\n{run.Second.Log}");
        Assert.True(run.Second.Succeeded, run.Second.Log);
        Assert.Contains(edit.Says, run.Second.Log, StringComparison.Ordinal);
        Assert.True(run.Planned == edit.Effect, $"planned {run.Planned}\n{run.PlanSaid}");
        Assert.Contains(edit.Says.Trim().Split("s: ")[^1], run.PlanSaid, StringComparison.Ordinal);
        Assert.False(run.PlanWrote);
        Assert.Null(run.Wrong);
        Assert.Equal(Effect.Nothing, run.Third.Effect);
    }

    [Fact]
    public void The_table_has_every_effect_and_forty_edits_and_more()
    {
        Assert.True(EditTable.All.Count >= 40);
        Assert.All(Enum.GetValues<Effect>(), effect => Assert.True(EditTable.All.Count(e => e.Effect == effect) >= 5));
        Assert.Equal(EditTable.All.Count, EditTable.All.DistinctBy(e => e.Name).Count());
    }
}
