namespace ModelOps.Sdk.Tests;

/// <summary>A build that is killed while it trains, with the packed worker on the sample's base model: the next one goes on where it was.</summary>
public sealed class Resuming
{
    [Fact]
    public void A_killed_build_goes_on_and_ends_with_the_bytes_of_one_that_nobody_disturbed()
    {
        TestRepository whole = Repository("whole").Save();
        TestRepository killed = Repository("killed").Save();
        BuildResult undisturbed = whole.Build();
        Assert.True(killed.Run("restore").Succeeded);
        ProcessResult first;
        using (RunningProcess build = killed.StartBuild(killed.PathOf("killed.log"), "--no-restore"))
        {
            DateTime end = DateTime.UtcNow.AddMinutes(2);
            while (Checkpoints(killed).Length == 0 && DateTime.UtcNow < end)
            {
                Thread.Sleep(5);
            }

            build.Kill();
            first = build.Wait();
        }

        bool trained = File.Exists(killed.Obj("adapter/adapter_model.safetensors"));
        int left = Checkpoints(killed).Length;
        BuildResult second = killed.Build("--no-restore", "-v:n");

        Assert.True(undisturbed.Succeeded, undisturbed.Output);
        Assert.False(trained, "The kill came after the end of training: " + first.Output);
        Assert.True(left > 0, first.Output);
        Assert.True(second.Succeeded, second.Output);
        Assert.Matches("continued after step [1-9]", second.Output);
        Assert.All(["adapter_config.json", "adapter_model.safetensors", "training.json"],
            file => Assert.Equal(File.ReadAllBytes(whole.Obj($"adapter/{file}")), File.ReadAllBytes(killed.Obj($"adapter/{file}"))));
        Assert.Empty(Checkpoints(killed));
        whole.Done();
        killed.Done();
    }

    private static string[] Checkpoints(TestRepository repository)
    {
        string folder = Path.Combine(repository.Store, "checkpoints");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "checkpoint.bin", SearchOption.AllDirectories) : [];
    }

    // Some 10 s of training, a checkpoint at every other step.
    private static TestRepository Repository(string name) => new TestRepository(name).WithTriage().WithTinyBase().RealWorker()
        .Property("MaxSteps", "120").Property("Epochs", "100").Property("BatchSize", "8").Property("MaxNewTokens", "4").Property("ModelOpsGates", "false")
        .Property("ModelOpsCheckpointSteps", "2").Property("LoraRank", "4");
}
