namespace ModelOps.Sdk.Tests;

/// <summary>Builds on a store that is full, and on one that must not be written.</summary>
public sealed class Disks
{
    [FactUnderMounts]
    public void A_full_store_is_one_error_and_the_next_build_is_right()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        Assert.True(repository.Run("restore").Succeeded);
        Directory.CreateDirectory(repository.Store);

        BuildResult full = repository.BuildUnder(MountSpace.Under($"mount -t tmpfs -o size=8k none {repository.Store}"), "--no-restore");
        bool claims = File.Exists(repository.Obj("receipts/Train"));
        BuildResult build = repository.Build("--no-restore");

        Assert.Equal((1, "MOPS2030"), (full.ExitCode, string.Join(',', full.Codes)));
        Assert.False(claims);
        Assert.True(build.Succeeded, build.Output);
        Assert.Contains("train", build.Ran);
        repository.Done();
    }

    [FactUnderMounts]
    public void A_read_only_store_serves_a_clone_and_stops_a_training_before_it_begins()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        Assert.True(repository.Build().Succeeded);
        Directory.Delete(repository.Obj(""), recursive: true);
        string[] readOnly = MountSpace.Under($"mount --bind {repository.Store} {repository.Store} && mount -o remount,bind,ro {repository.Store}");

        BuildResult clone = repository.BuildUnder(readOnly, "--no-restore");
        repository.Edit("Triage/data/train/a.jsonl", "alpha6 beta6 about access please", "alpha6 beta6 about access kindly");
        BuildResult edited = repository.BuildUnder(readOnly, "--no-restore");

        Assert.True(clone.Succeeded && clone.Ran.Count == 0, clone.Output);
        Assert.Equal((1, "MOPS2030"), (edited.ExitCode, string.Join(',', edited.Codes)));
        Assert.Empty(edited.Ran);
        repository.Done();
    }
}
