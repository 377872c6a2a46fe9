namespace ModelOps.Sdk.Tests;

/// <summary>Clean, rebuild, force, lost files, configurations, design time.</summary>
public sealed class Incrementality
{
    [Fact]
    public void Clean_and_rebuild_delete_files_and_never_work()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();

        BuildResult clean = repository.Run("clean");
        bool cleaned = !Directory.Exists(repository.Obj(""));
        BuildResult build = repository.Build();
        BuildResult rebuild = repository.Build("-t:Rebuild");
        BuildResult release = repository.Build("-c", "Release");
        BuildResult forced = repository.Build("-p:ModelOpsForce=true");

        Assert.True(clean.Succeeded && cleaned, clean.Output);
        Assert.All([build, rebuild, release], b => Assert.True(b.Succeeded && b.Ran.Count == 0, b.Output));
        Assert.Contains("restored from the store", build.Output, StringComparison.Ordinal);
        Assert.Equal(["train"], forced.Ran);
        repository.Done();
    }

    [Fact]
    public void Damaged_or_deleted_output_is_made_again_from_the_store()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();
        byte[] adapter = File.ReadAllBytes(repository.Obj("adapter/adapter_model.safetensors"));

        File.Delete(repository.Obj("adapter/adapter_model.safetensors"));
        File.WriteAllText(repository.Obj("adapter/adapter_model.safetensors"), "damaged");
        File.Delete(repository.Obj("verdict.json"));
        BuildResult build = repository.Build("--no-restore");

        Assert.True(build.Succeeded, build.Output);
        Assert.Empty(build.Ran);
        Assert.Equal(adapter, File.ReadAllBytes(repository.Obj("adapter/adapter_model.safetensors")));
        Assert.True(File.Exists(repository.Obj("verdict.json")));
        repository.Done();
    }

    [Theory]
    [InlineData("-p:DesignTimeBuild=true")]
    [InlineData("-p:BuildingProject=false")]
    public void Design_time_builds_touch_nothing(string property)
    {
        TestRepository repository = new TestRepository().WithTriage().Save();

        BuildResult build = repository.Build(property);

        Assert.True(build.Succeeded, build.Output);
        Assert.Empty(build.Ran);
        Assert.False(Directory.Exists(repository.Obj("")));
        repository.Done();
    }

    [Fact]
    public void Older_time_stamp_and_rename_are_seen()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();
        string file = repository.PathOf("Triage/data/train/a.jsonl");
        string text = File.ReadAllText(file);

        // Same size, and a time older than any output: what `cp -p` leaves.
        File.WriteAllText(file, text.Replace("alpha6 beta6 about access please", "alpha6 beta6 about access kindly", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddYears(-1));
        BuildResult older = repository.Build("--no-restore");
        File.Move(file, repository.PathOf("Triage/data/train/renamed.jsonl"));
        BuildResult renamed = repository.Build("--no-restore");

        Assert.Equal("train", older.Ran[0]);
        Assert.True(renamed.Succeeded, renamed.Output);
        Assert.Empty(renamed.Ran);
        repository.Done();
    }
}
