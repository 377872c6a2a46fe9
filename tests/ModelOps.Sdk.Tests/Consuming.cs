namespace ModelOps.Sdk.Tests;

/// <summary>One <c>PackageReference</c>, and the model is there: beside apps, in publish folders and test projects, through libraries.</summary>
public sealed class Consuming
{
    private const string Reference = """<PackageReference Include="Contoso.Triage" Version="1.2.0" />""";

    [Fact]
    public void Library_app_and_test_project_have_the_model_and_its_entry_point()
    {
        var repository = new ConsumingRepository("apps ü");
        repository
            .Project("Lib/Lib.csproj", Reference + """<InternalsVisibleTo Include="App.Tests" />""")
            .Write("Lib/Where.cs", "namespace Desk;\n/// <summary>Knows.</summary>\npublic static class Where\n{\n    /// <summary>Folder.</summary>\n    public static string Model => Triage.Path;\n\n    /// <summary>Version.</summary>\n    internal static string Version => Triage.Version;\n}\n")
            .Project("App/App.csproj", """<ProjectReference Include="../Lib/Lib.csproj" />""", "<OutputType>Exe</OutputType><InvariantGlobalization>true</InvariantGlobalization><NoWarn>$(NoWarn);CA1303</NoWarn>")
            .Write("App/Program.cs", "using System;\nusing System.IO;\nConsole.WriteLine(Triage.PackageId + \" \" + Triage.Version);\nConsole.WriteLine(Triage.Path == Desk.Where.Model);\nforeach (string file in Directory.GetFiles(Path.GetDirectoryName(Triage.Path)!, \"*\", SearchOption.AllDirectories))\n{\n    Console.WriteLine(Path.GetRelativePath(AppContext.BaseDirectory, file));\n}\n")
            .Project("App.Tests/App.Tests.csproj", """
                <ProjectReference Include="../Lib/Lib.csproj" />
                <PackageReference Include="Microsoft.NET.Test.Sdk" Version="18.11.0" />
                <PackageReference Include="xunit" Version="2.9.3" />
                <PackageReference Include="xunit.runner.visualstudio" Version="4.0.1" />
                """, "<NoWarn>$(NoWarn);CA1515;CA1707;CS1591</NoWarn>")
            .Write("App.Tests/ModelTests.cs", "using System.IO;\nusing Xunit;\nnamespace App.Tests;\npublic class ModelTests\n{\n    [Fact]\n    public void Model_is_here()\n    {\n        Assert.True(File.Exists(Path.Combine(Triage.Path, \"modelops.json\")));\n        Assert.Equal(Triage.Version, Desk.Where.Version);\n    }\n}\n");

        BuildResult publish = repository.Run("publish", repository.PathOf("App"), "-o", repository.PathOf("pub"));
        BuildResult run = repository.Run(repository.PathOf("pub/App.dll"));
        BuildResult test = repository.Run("test", repository.PathOf("App.Tests"));

        Assert.True(publish.Succeeded, publish.Output);
        Assert.Empty(publish.Codes);
        string[] lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["Contoso.Triage 1.2.0", "True"], lines[..2]);
        Assert.Superset(
            new HashSet<string> { "models/Contoso.Triage/modelops.json", "models/Contoso.Triage/adapter_model.safetensors", "models/BaseModel.base/modelops.json", "models/BaseModel.base/model.safetensors" },
            lines[2..].Select(line => line.Replace('\\', '/')).ToHashSet());
        Assert.True(test.Succeeded, test.Output);
        repository.Done();
    }

    [Fact]
    public void Second_build_verifies_nothing_and_clean_leaves_nothing()
    {
        ConsumingRepository repository = App();

        BuildResult first = repository.Run("build", repository.PathOf("App"), "-v:n");
        BuildResult second = repository.Run("build", repository.PathOf("App"), "-v:n");
        BuildResult asked = repository.Run("build", repository.PathOf("App"), "--no-restore", "-question");
        string[] wrote = [.. Files(repository, "modelops.consume"), .. Files(repository, "models")];
        BuildResult clean = repository.Run("clean", repository.PathOf("App"));

        Assert.True(first.Succeeded, first.Output);
        Assert.DoesNotContain("Skipping target \"ModelOpsVerifyPackages\"", first.Output, StringComparison.Ordinal);
        Assert.True(second.Succeeded, second.Output);
        Assert.Contains("Skipping target \"ModelOpsVerifyPackages\" because all output files are up-to-date", second.Output, StringComparison.Ordinal);
        Assert.Contains("Skipping target \"ModelOpsGenerateEntryPoints\" because all output files are up-to-date", second.Output, StringComparison.Ordinal);
        Assert.True(asked.Succeeded, asked.Output);
        Assert.Contains(wrote, file => file.EndsWith("verified.txt", StringComparison.Ordinal));
        Assert.Contains(wrote, file => file.EndsWith("model.safetensors", StringComparison.Ordinal));
        Assert.True(clean.Succeeded, clean.Output);
        Assert.Empty(Files(repository, "modelops.consume").Concat(Files(repository, "models")));
        repository.Done();
    }

    [Fact]
    public void Models_and_entry_points_can_be_turned_off()
    {
        ConsumingRepository repository = App("<ModelOpsCopyModels>false</ModelOpsCopyModels><ModelOpsEntryPoints>false</ModelOpsEntryPoints>").Write("App/Program.cs", "return;\n");

        BuildResult build = repository.Run("build", repository.PathOf("App"));
        string[] wrote = [.. Files(repository, "modelops.consume").Select(file => Path.GetFileName(file)!)];
        string[] models = Files(repository, "models");
        BuildResult clean = repository.Run("clean", repository.PathOf("App"));

        Assert.True(build.Succeeded, build.Output);
        Assert.Empty(models);
        Assert.Equal(["verified.txt"], wrote);
        Assert.True(clean.Succeeded, clean.Output);
        Assert.Empty(Files(repository, "modelops.consume"));
        repository.Done();
    }

    [Fact]
    public void A_library_for_dotnet_8_gets_the_files_and_not_the_runtime()
    {
        // Restored as net8.0; compiled against the reference assemblies at hand, because the targeting pack of .NET 8 is not part of this SDK.
        ConsumingRepository repository = new ConsumingRepository().Project(
            "Lib/Lib.csproj",
            Reference + """<Reference Include="$(NetCoreTargetingPackRoot)/Microsoft.NETCore.App.Ref/$(BundledNETCoreAppPackageVersion)/ref/net10.0/*.dll" Private="false" />""",
            "<TargetFramework>net8.0</TargetFramework><DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences><DisableTransitiveFrameworkReferenceDownloads>true</DisableTransitiveFrameworkReferenceDownloads><CheckEolTargetFramework>false</CheckEolTargetFramework>")
            .Write("Lib/Where.cs", "namespace Desk;\n/// <summary>Knows.</summary>\npublic static class Where\n{\n    /// <summary>Folder.</summary>\n    public static string Model => Triage.Path;\n\n    /// <summary>Label.</summary>\n    public static bool IsBug(string answer) => Triage.TryParse(answer, out Triage.Label label) && label == Triage.Label.Bug;\n}\n");

        BuildResult build = repository.Run("build", repository.PathOf("Lib"));

        Assert.True(build.Succeeded, build.Output);
        string assets = File.ReadAllText(repository.PathOf("Lib/obj/project.assets.json"));
        Assert.Contains("ModelOps.Consume/1.0.0", assets, StringComparison.Ordinal);
        Assert.DoesNotContain("ModelOps.Runtime", assets, StringComparison.Ordinal);
        Assert.True(File.Exists(repository.PathOf("Lib/bin/Debug/net8.0/models/Contoso.Triage/modelops.json")));
        repository.Done();
    }

    internal static ConsumingRepository App(string properties = "", string items = "") => new ConsumingRepository()
        .Project("App/App.csproj", Reference + items, "<OutputType>Exe</OutputType><InvariantGlobalization>true</InvariantGlobalization>" + properties)
        .Write("App/Program.cs", "System.Console.WriteLine(Triage.Path);\n");

    private static string[] Files(ConsumingRepository repository, string folder) => [.. Directory.GetDirectories(repository.PathOf("App"), folder, SearchOption.AllDirectories)
        .SelectMany(found => Directory.GetFiles(found, "*", SearchOption.AllDirectories))];
}
