namespace ModelOps.Sdk.Tests;

/// <summary>The ways in which repositories differ: each works.</summary>
public sealed class StrangersRepository
{
    [Fact]
    public void Space_and_umlaut_in_the_path_and_the_terminal_logger()
    {
        TestRepository repository = new TestRepository("mein Büro").WithTriage("Triage für uns").Save("Triage für uns/Triage.csproj");

        BuildResult first = repository.Build("-tl:on");
        BuildResult second = repository.Build("-tl:on");

        Assert.True(first.Succeeded, first.Output);
        Assert.Contains("→ trained (key", first.Output, StringComparison.Ordinal);
        Assert.Contains("→ up to date (key", second.Output, StringComparison.Ordinal);
        Assert.Empty(second.Ran);
        repository.Done();
    }

    [Fact]
    public void Warnings_as_errors_central_versions_lock_files_and_artifacts_output()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Write("Directory.Packages.props", """
            <Project><PropertyGroup>
              <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
              <CentralPackageTransitivePinningEnabled>true</CentralPackageTransitivePinningEnabled>
            </PropertyGroup></Project>
            """);
        repository.Write("Directory.Build.props", """
            <Project><PropertyGroup>
              <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              <MSBuildTreatWarningsAsErrors>true</MSBuildTreatWarningsAsErrors>
              <AnalysisLevel>latest-all</AnalysisLevel>
              <RestorePackagesWithLockFile>true</RestorePackagesWithLockFile>
              <UseArtifactsOutput>true</UseArtifactsOutput>
              <ArtifactsPath>$(MSBuildThisFileDirectory)out</ArtifactsPath>
              <TargetFrameworks>net472;net8.0</TargetFrameworks>
              <Nullable>enable</Nullable>
            </PropertyGroup></Project>
            """);

        BuildResult first = repository.Build();
        BuildResult locked = repository.Build("-p:RestoreLockedMode=true");

        Assert.True(first.Succeeded, first.Output);
        Assert.Equal(["train", "generate", "score", "generate"], first.Ran);
        Assert.True(File.Exists(repository.PathOf("out/obj/Triage/modelops/verdict.json")));
        Assert.False(Directory.Exists(repository.PathOf("Triage/obj")));
        Assert.True(File.Exists(repository.PathOf("Triage/packages.lock.json")));
        Assert.True(locked.Succeeded, locked.Output);
        Assert.Empty(locked.Ran);
        repository.Done();
    }

    [Fact]
    public void Solution_with_two_models_and_an_app_built_in_parallel()
    {
        TestRepository repository = new TestRepository().WithTriage().WithTriage("Second").Save("Second/Second.csproj").Property("Seed", "7").Save("Triage/Triage.csproj");
        repository.Write("All.slnx", "<Solution>\n  <Project Path=\"Triage/Triage.csproj\" />\n  <Project Path=\"Second/Second.csproj\" />\n</Solution>\n");

        BuildResult first = repository.Build("All.slnx", "-m");
        BuildResult second = repository.Build("All.slnx", "-m");

        Assert.True(first.Succeeded, first.Output);
        Assert.Equal(2, first.Ran.Count(verb => verb == "train"));
        Assert.True(second.Succeeded, second.Output);
        Assert.Empty(second.Ran);
        repository.Done();
    }

    [Fact]
    public void Two_builds_of_one_key_train_once()
    {
        // The same key in two projects of one solution: the second waits for the first and takes its result.
        TestRepository repository = new TestRepository().WithTriage().WithTriage("Second").Save("Second/Second.csproj").Save("Triage/Triage.csproj");
        repository.Write("All.slnx", "<Solution>\n  <Project Path=\"Triage/Triage.csproj\" />\n  <Project Path=\"Second/Second.csproj\" />\n</Solution>\n");

        BuildResult build = repository.Build("All.slnx", "-m");

        Assert.True(build.Succeeded, build.Output);
        Assert.Single(build.Ran, verb => verb == "train");
        repository.Done();
    }

    [Fact]
    public void Read_only_source_tree_with_its_output_elsewhere()
    {
        TestRepository repository = new TestRepository().WithTriage();
        repository.Write("Directory.Build.props", $"<Project><PropertyGroup><UseArtifactsOutput>true</UseArtifactsOutput><ArtifactsPath>{repository.Store}-out</ArtifactsPath></PropertyGroup></Project>");
        repository.Save();
        string[] before = Directory.GetFileSystemEntries(repository.Root, "*", SearchOption.AllDirectories);

        BuildResult build = repository.Build();

        // Nothing is written into the tree, so it may as well be read-only (as root, permissions would prove nothing).
        Assert.True(build.Succeeded, build.Output);
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(repository.Root, "*", SearchOption.AllDirectories).Order());
        repository.Done();
    }

    [Fact]
    public void An_app_in_the_same_solution_may_refer_to_the_model_project()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Write("Other/Other.csproj", $"<Project Sdk=\"{TestRepository.Sdk}\"><ItemGroup><ProjectReference Include=\"../Triage/Triage.csproj\" /></ItemGroup></Project>");

        BuildResult build = repository.Build("Other/Other.csproj");

        // The referred model is built first; the empty project beside it then says what it lacks.
        Assert.Contains("train", build.Ran);
        Assert.Contains("MOPS2055", build.Codes);
        repository.Done();
    }
}
