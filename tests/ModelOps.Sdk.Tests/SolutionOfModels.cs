namespace ModelOps.Sdk.Tests;

/// <summary>A solution of many model projects: a hundred with <c>--soak</c>, a quarter of them in every run.</summary>
public sealed class SolutionOfModels
{
    private static readonly int s_projects = Soak.Count(quick: 25, full: 100);

    [Fact]
    public void All_train_one_at_a_time_then_nothing_happens_then_one_alone()
    {
        TestRepository repository = new TestRepository().WithTriage("shared");
        for (int i = 0; i < s_projects; i++)
        {
            repository.Write($"P{i}/P{i}.csproj", Project(i));
        }

        string all = string.Concat(Enumerable.Range(0, s_projects).Select(i => $"<Project Path=\"P{i}/P{i}.csproj\" />"));
        repository.Write("All.slnx", $"<Solution>{all}</Solution>").Environment("MODELOPS_MOCK_ALONE", repository.PathOf("alone"));

        BuildResult build = repository.Build("All.slnx", "-m:2");
        string built = Snapshot(repository);
        BuildResult noop = repository.Build("All.slnx", "--no-restore", "-m:2");
        string after = Snapshot(repository);
        repository.Edit("P17/P17.csproj", "<Seed>17</Seed>", "<Seed>1017</Seed>");
        BuildResult one = repository.Build("All.slnx", "--no-restore", "-graph", "-m:2");

        Assert.True(build.Succeeded, build.Output);
        Assert.Equal(s_projects, build.Ran.Count(v => v == "train"));
        Assert.DoesNotContain("overlap", build.Ran);
        Assert.True(noop.Succeeded && noop.Ran.Count == 0, noop.Output);
        Assert.Equal(built, after);
        Assert.True(one.Succeeded, one.Output);
        Assert.Equal(["train", "generate", "score"], one.Ran);
        Assert.Contains("P17: retrains: Seed 17 -> 1017", one.Output, StringComparison.Ordinal);
        Assert.Equal(s_projects - 1, one.Output.Split(" -> up to date (key ").Length - 1);
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
    private static string Snapshot(TestRepository repository) => string.Join('\n', Enumerable.Range(0, s_projects)
        .SelectMany(i => new DirectoryInfo(repository.PathOf($"P{i}/obj/modelops")).EnumerateFiles("*", SearchOption.AllDirectories))
        .OrderBy(f => f.FullName, StringComparer.Ordinal).Select(f => $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}"));
}
