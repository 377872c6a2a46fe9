namespace ModelOps.Sdk.Tests;

/// <summary>A tool of the team's own in real builds, with the packed worker on the sample's base model. The tool is a script that leaves an adapter of the engine's: none of the real ones is here.</summary>
public sealed class Tools
{
    [FactUnderShell]
    public void A_tools_adapter_is_evaluated_packed_and_restored_by_its_declared_version_where_the_tool_is_not()
    {
        TestRepository repository = new TestRepository("tools").WithTriage().WithTinyBase().RealWorker()
            .Property("MaxSteps", "2").Property("BatchSize", "4").Property("MaxNewTokens", "4").Property("ModelOpsGates", "false").Property("LoraRank", "4").Save();
        BuildResult engine = repository.Build();
        Assert.True(engine.Succeeded, engine.Output);
        byte[] weights = File.ReadAllBytes(repository.Obj("adapter/adapter_model.safetensors"));
        string tools = FakeAxolotl(repository, weights);

        repository.Property("Trainer", "axolotl").Property("TrainerVersion", "0.18.0").Property("TrainerEnvironment", "axolotl.lock").Write("Triage/axolotl.lock", "torch==2.9\n").Save();
        BuildResult missing = repository.Build("--no-restore");
        repository.Environment("PATH", $"{tools}:{Environment.GetEnvironmentVariable("PATH")}");
        BuildResult trained = repository.Build("--no-restore", "-v:n");
        BuildResult kept = repository.Build("--no-restore");
        BuildResult refused = repository.Build("--no-restore", "-p:LoadBestModelAtEnd=true", "-p:LoraAlpha=1.5");
        File.WriteAllBytes(Path.Combine(tools, "adapter_model.safetensors"), Zeroed(weights));
        repository.Write("Triage/axolotl.lock", "torch==2.10\n");
        BuildResult zero = repository.Build("--no-restore");
        repository.Environment("PATH", Environment.GetEnvironmentVariable("PATH")!).Write("Triage/axolotl.lock", "torch==2.9\n");
        BuildResult restored = repository.Build("--no-restore");

        Assert.Equal(["MOPS3185"], missing.Codes);
        Assert.True(trained.Succeeded, trained.Output);
        Assert.Contains("Train 2/2: loss 1.250", trained.Output, StringComparison.Ordinal);
        Assert.Contains("up to date", kept.Output, StringComparison.Ordinal);
        Assert.Contains("MOPS3180: LoadBestModelAtEnd cannot be told", refused.Output, StringComparison.Ordinal);
        Assert.Contains("MOPS3180: LoraAlpha cannot be told", refused.Output, StringComparison.Ordinal);
        Assert.Equal(["MOPS3189"], zero.Codes);
        Assert.Contains("restored from the store", restored.Output, StringComparison.Ordinal);
        Assert.Equal(weights, File.ReadAllBytes(repository.Obj("adapter/adapter_model.safetensors")));
        Assert.DoesNotContain(repository.Root, File.ReadAllText(repository.Obj("adapter/adapter_config.json")), StringComparison.Ordinal);
        repository.Done();
    }

    private static string FakeAxolotl(TestRepository repository, byte[] weights)
    {
        const string axolotl = """
            #!/bin/sh
            [ "$1" = train ] && [ $# = 2 ] || exit 2
            here=$(dirname "$0"); out=$(sed -n 's/^  "output_dir": "\(.*\)",*$/\1/p' "$2")
            cp "$here/adapter_config.json" "$out"
            echo "{'loss': 2.5, 'epoch': 0.5}"; echo ' 50%|#####     | 1/2 [00:01<00:01]' >&2
            echo "{'loss': 1.25, 'epoch': 1.0}"; echo '100%|##########| 2/2 [00:02<00:00]' >&2
            cp "$here/adapter_model.safetensors" "$out"
            """;
        string folder = Path.Combine(repository.Root, "tools");
        repository.Write("tools/axolotl", axolotl.ReplaceLineEndings("\n") + "\n").Write("tools/python", "#!/bin/sh\necho axolotl==0.18.0\n");
        Programs.Make(folder);

        File.WriteAllBytes(Path.Combine(folder, "adapter_model.safetensors"), weights);
        File.Copy(repository.Obj("adapter/adapter_config.json"), Path.Combine(folder, "adapter_config.json"));
        return folder;
    }

    // The header stays, every number is zero: an adapter that changes nothing.
    private static byte[] Zeroed(byte[] weights)
    {
        byte[] zeroed = [.. weights];
        zeroed.AsSpan(8 + (int)BitConverter.ToUInt64(weights)).Clear();
        return zeroed;
    }
}
