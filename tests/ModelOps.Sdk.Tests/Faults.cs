using System.Security.Cryptography;

namespace ModelOps.Sdk.Tests;

/// <summary>Builds beside each other, builds that are killed, stores that go away: the result is the right one, and nothing is left behind.</summary>
public sealed class Faults
{
    private const string Weights = "adapter/adapter_model.safetensors";

    [Fact]
    public void Two_builds_of_one_project_at_once_both_end_right()
    {
        TestRepository repository = new TestRepository().WithTriage().Environment("MODELOPS_MOCK_DELAY", "1500").Save();
        Assert.True(repository.Run("restore").Succeeded);
        string[] logs = [repository.PathOf("1.log"), repository.PathOf("2.log")];

        RunningProcess[] builds = [.. logs.Select(log => repository.StartBuild(log, "--no-restore"))];
        ProcessResult[] results = [.. builds.Select(b => b.Wait())];

        Assert.All(results, r => Assert.True(r.ExitCode == 0, r.Output));
        Assert.Single(logs.Where(File.Exists).SelectMany(File.ReadAllLines), "train");
        Assert.Contains(results, r => r.Output.Contains("waits for another build of this project (process ", StringComparison.Ordinal));
        AssertWhole(repository);
        Assert.Empty(repository.Build("--no-restore").Ran);
        repository.Done();
    }

    [Fact]
    public void Builds_of_one_key_at_once_train_once()
    {
        TestRepository[] repositories = [.. Enumerable.Range(0, Soak.Count(4, 16)).Select(_ => new TestRepository().WithTriage().Environment("MODELOPS_MOCK_DELAY", "1500").Save())];
        string[] logs = [.. repositories.Select(r => r.PathOf("mock.log"))];
        Assert.All(repositories, r => Assert.True(r.WithStore(repositories[0].Store).Run("restore").Succeeded));

        RunningProcess[] builds = [.. repositories.Zip(logs, (r, log) => r.StartBuild(log, "--no-restore"))];
        ProcessResult[] results = [.. builds.Select(b => b.Wait())];

        Assert.All(results, r => Assert.True(r.ExitCode == 0, r.Output));
        Assert.Single(logs.Where(File.Exists).SelectMany(File.ReadAllLines), "train");
        Assert.Single(repositories.Select(r => HashOf(r.Obj(Weights))).Distinct());
        Assert.Contains(results, r => r.Output.Contains(", which trains the same key ", StringComparison.Ordinal) && r.Output.Contains(" since ", StringComparison.Ordinal));
        Array.ForEach(repositories, AssertWhole);
        Array.ForEach(repositories, r => r.Done());
    }

    public static IEnumerable<object[]> EveryPart => Soak.Parts(5);

    [Theory]
    [MemberData(nameof(EveryPart))]
    public void A_build_killed_at_any_moment_leaves_nothing_that_the_next_one_takes_for_a_result(int part)
    {
        TestRepository repository = new TestRepository().WithTriage().Environment("MODELOPS_MOCK_DELAY", "100").Save();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.True(repository.Build().Succeeded);
        int whole = (int)clock.ElapsedMilliseconds;
        string expected = HashOf(repository.Obj(Weights));
        byte[] verdict = File.ReadAllBytes(repository.Obj("verdict.json"));
        var random = new Random(5 + part);
        for (int round = 0; round < Soak.Count(3, 10); round++)
        {
            Directory.Delete(repository.Store, recursive: true);
            Directory.Delete(repository.Obj(""), recursive: true);
            using (RunningProcess build = repository.StartBuild(repository.PathOf("killed.log"), "--no-restore"))
            {
                Thread.Sleep(random.Next(whole / 4, whole));
                build.Kill();
            }

            BuildResult after = repository.Build("--no-restore");

            Assert.True(after.Succeeded, after.Output);
            Assert.DoesNotContain("MOPS20", string.Join(' ', after.Codes), StringComparison.Ordinal);
            Assert.Equal((expected, Convert.ToHexString(verdict)), (HashOf(repository.Obj(Weights)), Convert.ToHexString(File.ReadAllBytes(repository.Obj("verdict.json")))));
            AssertWhole(repository);
        }

        repository.Done();
    }

    [Fact]
    public void A_store_that_is_deleted_while_building_costs_nothing_but_the_hit()
    {
        TestRepository repository = new TestRepository().WithTriage().Environment("MODELOPS_MOCK_DELAY", "300").Save();
        Assert.True(repository.Run("restore").Succeeded);
        using RunningProcess build = repository.StartBuild(repository.PathOf("mock.log"), "--no-restore");
        while (!build.HasExited)
        {
            if (Directory.Exists(repository.Store))
            {
                TryDelete(repository.Store);
            }

            Thread.Sleep(150);
        }

        ProcessResult result = build.Wait();
        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Empty(repository.Build("--no-restore").Ran);
        repository.Done();
    }

    [Fact]
    public void A_store_behind_a_symbolic_link_or_on_another_device_serves()
    {
        string device = Directory.Exists("/dev/shm") ? Directory.CreateDirectory($"/dev/shm/modelops-{Guid.NewGuid():n}").FullName : Directory.CreateTempSubdirectory("modelops-").FullName;
        TestRepository repository = new TestRepository().WithTriage().Save();
        string link = repository.PathOf("home");
        Directory.CreateSymbolicLink(link, device);
        repository.WithStore(link);

        BuildResult build = repository.Build();
        repository.Run("clean");
        BuildResult again = repository.Build("--no-restore");

        Assert.True(build.Succeeded && again.Succeeded, build.Output + again.Output);
        Assert.Empty(again.Ran);
        AssertWhole(repository);
        repository.Done();
        Directory.Delete(device, recursive: true);
    }

    [Fact]
    public void A_clock_that_was_set_back_skips_nothing()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();
        // As if all that happened so far had happened in an hour from now.
        foreach (string file in Directory.GetFiles(repository.Obj(""), "*", SearchOption.AllDirectories).Where(f => f.Contains("receipts", StringComparison.Ordinal) || f.EndsWith("look.cache", StringComparison.Ordinal)))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(1));
        }

        repository.Edit("Triage/data/train/a.jsonl", "alpha6 beta6 about access please", "alpha6 beta6 about access kindly");
        BuildResult edited = repository.Build("--no-restore");
        BuildResult again = repository.Build("--no-restore");

        Assert.True(edited.Succeeded, edited.Output);
        Assert.Equal("train", edited.Ran[0]);
        Assert.Empty(again.Ran);
        repository.Done();
    }

    [Fact]
    public void A_damaged_store_is_said_and_the_result_is_made_again()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Build();
        string expected = HashOf(repository.Obj(Weights));
        string blob = Path.Combine(repository.Store, "cas", expected[..2], expected);
        byte[] bytes = File.ReadAllBytes(blob);
        bytes[^1] ^= 1;
        File.SetAttributes(blob, FileAttributes.Normal);
        File.WriteAllBytes(blob, bytes);
        repository.Run("clean");

        BuildResult build = repository.Build("--no-restore");

        Assert.True(build.Succeeded, build.Output);
        Assert.Equal(["MOPS2031"], build.Codes);
        Assert.Equal(["train"], build.Ran);
        Assert.Equal((expected, expected), (HashOf(repository.Obj(Weights)), HashOf(blob)));
        repository.Done();
    }

    // No lock and no unfinished file in store or project, and every stored file is what its name says.
    private static void AssertWhole(TestRepository repository)
    {
        Assert.All(Directory.GetFiles(Path.Combine(repository.Store, "cas"), "*", SearchOption.AllDirectories), b => Assert.Equal(Path.GetFileName(b), HashOf(b)));
        foreach (string held in Directory.GetFiles(Path.Combine(repository.Store, "locks"), "*.lock").Append(repository.Obj("build.lock")))
        {
            using var free = new FileStream(held, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(repository.Store, "locks"), "*.holder"));
        Assert.False(File.Exists(repository.Obj("build.holder")));
        Assert.All(Directory.GetFiles(Path.Combine(repository.Store, "actions")), f => Assert.EndsWith(".json", f, StringComparison.Ordinal));
    }

    private static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // The build writes into it at this moment.
        }
    }
}
