using System.Text.Json;

namespace ModelOps.Sdk.Tests;

/// <summary>Model projects that stand on each other, and apps that stand on them.</summary>
public sealed class ManyModels
{
    private const string Rows = "First/data/train/a.jsonl";

    [Fact]
    public void A_model_stands_on_another_one_and_a_third_learns_its_answers()
    {
        TestRepository repository = Three();

        BuildResult first = repository.Build("All.slnx", "-graph", "-m:2");
        BuildResult noop = repository.Build("All.slnx", "--no-restore", "-m:2");
        BuildResult asked = repository.Build("All.slnx", "--no-restore", "-question");
        repository.Edit(Rows, "alpha6 beta6 about access please", "alpha6 beta6 about access kindly");
        BuildResult plan = repository.Build("Second/Second.csproj", "--no-restore", "-p:ModelOpsMode=Plan");
        BuildResult verify = repository.Build("Second/Second.csproj", "--no-restore", "-p:ModelOpsMode=Verify");
        BuildResult edited = repository.Build("All.slnx", "--no-restore", "-m:2");
        repository.Edit(Rows, "alpha6 beta6 about access kindly", "alpha6 beta6 about access please");
        BuildResult reverted = repository.Build("All.slnx", "--no-restore", "-graph", "-m:2");
        repository.Edit("Third/asked.jsonl", "gamma0 ", "gamma ");
        BuildResult prompt = repository.Build("Third/Third.csproj", "--no-restore");
        BuildResult pack = repository.Run("pack", "Second/Second.csproj", "--no-restore", "-o", repository.PathOf("out"));

        Assert.True(first.Succeeded, first.Output);
        Assert.Equal((3, 1), (first.Ran.Count(v => v == "train"), first.Ran.Count(v => v == "merge")));
        Assert.True(noop.Succeeded && noop.Ran.Count == 0, noop.Output);
        Assert.All(new[] { "First", "Second", "Third" }, p => Assert.Contains($"{p} -> up to date", noop.Output, StringComparison.Ordinal));
        Assert.True(asked.Succeeded, asked.Output);
        Assert.True(plan.Succeeded && plan.Ran.Count == 0, plan.Output);
        Assert.Contains("Resolve     merges: the model of project First changes first", plan.Output, StringComparison.Ordinal);
        Assert.Equal(["MOPS2112"], verify.Codes);
        Assert.Contains("Second: retrains: base model of project First changed", edited.Output, StringComparison.Ordinal);

        // The teacher changed and answers as before: the rows are the same, so the pupil is.
        Assert.Contains("Third -> adapter up to date", edited.Output, StringComparison.Ordinal);
        Assert.Equal((2, 1), (edited.Ran.Count(v => v == "train"), edited.Ran.Count(v => v == "merge")));
        Assert.True(reverted.Succeeded && reverted.Ran.Count == 0, $"{string.Join(' ', reverted.Ran)}\n{reverted.Output}");
        Assert.Contains("Third: retrains: 1 row changed in obj/modelops/resolved/rows/First.jsonl", prompt.Output, StringComparison.Ordinal);
        Assert.True(pack.Succeeded, pack.Output);
        Assert.Equal(["First.Merged", "Second"], Directory.GetFiles(repository.PathOf("out")).Select(f => string.Join('.', Path.GetFileName(f).Split('.').TakeWhile(w => !char.IsDigit(w[0])))).Order(StringComparer.Ordinal));
        repository.Done();
    }

    [Fact]
    public void Nothing_is_made_of_a_model_that_misses_its_gate_nor_of_a_reference_that_cannot_be_meant()
    {
        TestRepository repository = Three();
        repository.Edit("First/First.csproj", "Minimum=\"0.80\"", "Minimum=\"1.01\"").Edit("First/First.csproj", " MinimumGain=\"0.10\"", "");

        BuildResult missed = repository.Build("Second/Second.csproj");
        BuildResult alone = repository.Build("Second/Second.csproj", "--no-restore", "--no-dependencies");
        repository.Edit("Second/Second.csproj", "ModelOpsUse=\"BaseModel\"", "ModelOpsUse=\"BaseModle\"");
        repository.Edit("First/First.csproj", "Minimum=\"1.01\"", "Minimum=\"0.80\"");
        BuildResult use = repository.Build("Second/Second.csproj", "--no-restore");
        repository.Edit("Second/Second.csproj", "ModelOpsUse=\"BaseModle\"", "ModelOpsUes=\"BaseModel\"");
        BuildResult name = repository.Build("Second/Second.csproj", "--no-restore");
        repository.Edit("Third/asked.jsonl", "\"prompt\"", "\"promt\"");
        BuildResult prompt = repository.Build("Third/Third.csproj");

        Assert.False(missed.Succeeded);
        Assert.DoesNotContain("merge", missed.Ran);
        Assert.Equal(["MOPS2064"], alone.Codes);
        Assert.Equal(["MOPS2061"], use.Codes);
        Assert.Contains("'BaseModel' was probably meant", use.Output, StringComparison.Ordinal);
        Assert.Contains("MOPS2066", name.Codes);
        Assert.Contains("asked.jsonl(1,1): error MOPS1061: ", prompt.Output, StringComparison.Ordinal);
        repository.Done();
    }

    [Fact]
    public void An_app_that_refers_to_a_model_project_has_what_the_package_would_give_it()
    {
        TestRepository repository = Three();
        repository.Write("nuget.config", $"<configuration><packageSources><clear /><add key=\"sdk\" value=\"{SdkFeed.Packages}\" /><add key=\"libraries\" value=\"{LibraryFeed.Packages}\" /></packageSources></configuration>")
            .Write("App/App.csproj", App("""<ProjectReference Include="../First/First.csproj" /><ProjectReference Include="../Lib/Lib.csproj" /><PackageReference Include="ModelOps.Consume" Version="1.0.0" />"""))
            .Write("App/Program.cs", "System.Console.WriteLine(First.PackageId + ' ' + System.IO.File.Exists(System.IO.Path.Combine(First.Path, \"modelops.json\")) + ' ' + Lib.Name.Of);\n")
            .Write("Lib/Lib.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""")
            .Write("Lib/Name.cs", "namespace Lib; public static class Name { public const string Of = \"lib\"; }\n")
            .Write("Plain/Plain.csproj", App("""<ProjectReference Include="../First/First.csproj" />"""))
            .Write("Plain/Program.cs", "return;\n");

        BuildResult build = repository.Build("App/App.csproj", "-graph");
        BuildResult noop = repository.Build("App/App.csproj", "--no-restore", "-v:n");
        ProcessResult run = Dotnet.Run(repository.Root, new Dictionary<string, string>(), repository.PathOf("App/bin/Debug/net10.0/App.dll"));
        BuildResult publish = repository.Run("publish", "App/App.csproj", "--no-restore", "-c", "Debug", "-o", repository.PathOf("pub"));
        BuildResult plain = repository.Build("Plain/Plain.csproj");
        string[] Models(string folder) => [.. Directory.GetFiles(repository.PathOf(folder), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(repository.PathOf(folder), f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

        Assert.True(build.Succeeded, build.Output);
        Assert.Equal(1, build.Ran.Count(v => v == "train"));
        Assert.Equal("First True lib", run.Output.Trim());
        Assert.True(noop.Succeeded && noop.Ran.Count == 0, noop.Output);
        Assert.Contains("Skipping target \"ModelOpsVerifyPackages\"", noop.Output, StringComparison.Ordinal);
        Assert.Contains("Skipping target \"_ModelOpsLayOutCore\"", noop.Output, StringComparison.Ordinal);
        Assert.True(publish.Succeeded, publish.Output);
        string[] expected = Models("App/bin/Debug/net10.0/models");
        Assert.Superset(new HashSet<string> { "First/adapter_model.safetensors", "First/modelops.json", "BaseModel.base/model.safetensors", "BaseModel.base/modelops.json" }, expected.ToHashSet());
        Assert.Equal(expected, Models("pub/models"));
        Assert.True(plain.Succeeded, plain.Output);
        Assert.Equal(expected, Models("Plain/bin/Debug/net10.0/models"));
        repository.Done();
    }

    private static string App(string references) => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><InvariantGlobalization>true</InvariantGlobalization><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup>
          <ItemGroup>{references}</ItemGroup>
        </Project>
        """;

    /// <summary>First on a folder, Second on First's model, Third on the folder with what First answers.</summary>
    private static TestRepository Three()
    {
        TestRepository repository = new TestRepository().WithTriage("First").WithTriage("Second").WithTriage("Third");
        Directory.Delete(repository.PathOf("Third/data/train"), recursive: true);
        string[] labels = ["billing", "bug", "access", "setup"];
        return repository
            .Write("First/First.csproj", Model("<BaseModel>../base</BaseModel>", ""))
            .Write("Second/Second.csproj", Model("<LoraRank>8</LoraRank>", """<ProjectReference Include="../First/First.csproj" ModelOpsUse="BaseModel" />"""))
            .Write("Third/Third.csproj", Model("<BaseModel>../base</BaseModel>", """<ProjectReference Include="../First/First.csproj" ModelOpsUse="TrainingData" Prompts="asked.jsonl" />"""))
            .Write("Third/asked.jsonl", string.Concat(Enumerable.Range(0, 48).Select(i => JsonSerializer.Serialize(new { prompt = $"asked gamma{i} delta{i} of {labels[i % 4]} soon" }) + "\n")))
            .Write("All.slnx", "<Solution><Project Path=\"Second/Second.csproj\" /><Project Path=\"Third/Third.csproj\" /><Project Path=\"First/First.csproj\" /></Solution>");
    }

    private static string Model(string properties, string items) => $"""
        <Project Sdk="{TestRepository.Sdk}">
          <PropertyGroup>
            {properties}
            <PackageLicenseExpression>MIT</PackageLicenseExpression>
            <ModelOpsWorkerPath>{SourceTree.MockWorker}</ModelOpsWorkerPath>
          </PropertyGroup>
          <ItemGroup>
            <EvalGate Include="ExactMatch" Minimum="0.80" MinimumGain="0.10" />
            {items}
          </ItemGroup>
        </Project>
        """;
}
