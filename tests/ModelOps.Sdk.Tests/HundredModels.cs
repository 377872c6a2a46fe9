namespace ModelOps.Sdk.Tests;

/// <summary>A solution of a hundred model projects.</summary>
public sealed class HundredModels
{
    private const int Projects = 100;

    [Fact]
    public void All_train_one_at_a_time_then_nothing_happens_then_one_alone()
    {
        TestRepository repository = new TestRepository().WithTriage("shared");
        for (int i = 0; i < Projects; i++)
        {
            repository.Write($"P{i}/P{i}.csproj", Project(i));
        }

        string all = string.Concat(Enumerable.Range(0, Projects).Select(i => $"<Project Path=\"P{i}/P{i}.csproj\" />"));
        repository.Write("All.slnx", $"<Solution>{all}</Solution>").Environment("MODELOPS_MOCK_ALONE", repository.PathOf("alone"));

        BuildResult build = repository.Build("All.slnx", "-m:2");
        string built = Snapshot(repository);
        BuildResult noop = repository.Build("All.slnx", "--no-restore", "-m:2");
        string after = Snapshot(repository);
        repository.Edit("P42/P42.csproj", "<Seed>42</Seed>", "<Seed>1042</Seed>");
        BuildResult one = repository.Build("All.slnx", "--no-restore", "-graph", "-m:2");

        Assert.True(build.Succeeded, build.Output);
        Assert.Equal(Projects, build.Ran.Count(v => v == "train"));
        Assert.DoesNotContain("overlap", build.Ran);
        Assert.True(noop.Succeeded && noop.Ran.Count == 0, noop.Output);
        Assert.Equal(built, after);
        Assert.True(one.Succeeded, one.Output);
        Assert.Equal(["train", "generate", "score"], one.Ran);
        Assert.Contains("P42: retrains: Seed 42 -> 1042", one.Output, StringComparison.Ordinal);
        Assert.Equal(Projects - 1, one.Output.Split(" -> up to date (key ").Length - 1);
        repository.Done();
    }

    private static string Project(int i) => $"""
        <Project Sdk="{TestRepository.Sdk}">
          <PropertyGroup>
            <BaseModel>../base</BaseModel>
            <Seed>{i}</Seed>
            <ModelOpsGates>false</ModelOpsGates>
            <EnableDefaultModelOpsItems>false</EnableDefaultModelOpsItems>
            <ModelOpsWorkerPath>{SourceTree.MockWorker}</ModelOpsWorkerPath>
          </PropertyGroup>
          <ItemGroup>
            <TrainingData Include="../shared/data/train/a.jsonl" />
            <EvalData Include="../shared/data/eval/a.jsonl" />
          </ItemGroup>
        </Project>
        """;

    /// <summary>Every file of every project's <c>obj/modelops</c> with the time when it was written.</summary>
    private static string Snapshot(TestRepository repository) => string.Join('\n', Enumerable.Range(0, Projects)
        .SelectMany(i => new DirectoryInfo(repository.PathOf($"P{i}/obj/modelops")).EnumerateFiles("*", SearchOption.AllDirectories))
        .OrderBy(f => f.FullName, StringComparer.Ordinal).Select(f => $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}"));
}
